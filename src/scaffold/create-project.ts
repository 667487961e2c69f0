/** A new project: an example of the language and task, the contract, a model, and what builds and tests it. */
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import nodePackage from '../../deploy/package/node/package.json' with { type: 'json' };
import { messageOf, type SandpiperError, invalidConfig } from '../errors.ts';
import { packageFile } from '../package-files.ts';
import { MODEL_NAME } from '../repository/model-repository.ts';
import { COMPONENT_FILE } from '../toolkit/install-component.ts';
import { LANGUAGES, type LanguageName, type ProjectTask } from './languages.ts';
import { copyModel, type FolderSource } from './model-files.ts';
import { projectReadme, type Project, type ProjectOptions } from './project.ts';

const ROOT = fileURLToPath(packageFile('.'));

/** The models that come along: the folder of the manifest, and of what is not in that. */
const SHIPPED: Readonly<Record<ProjectTask, readonly [manifest: string, files?: string]>> = {
  'image-classification': ['models/efficientnet-lite0/1'],
  'speech-transcription': ['models/moonshine-tiny/1'],
  prediction: ['components/examples/prediction/model', 'models/efficientnet-lite0/1'],
};

const NPMRC = `# A copy of Sandpiper, as if it came from a registry: a link would lead npm into changing the other folder, too.
install-links=true
# Nothing that is installed needs to run anything meanwhile.
ignore-scripts=true
# npm itself may run on Node 20, and warns that packages want a newer one: they get it, from package.json.
loglevel=error
`;

const GITIGNORE = `node_modules/
bindings/
build/
target/
types/
.venv/
__pycache__/
`;

/**
 * Writes the project; where that fails, nothing of it is left.
 *
 * @param folder that does not exist yet
 * @throws SandpiperError `invalid-config` for the folder or the name, `invalid-model` for the model
 */
export async function createProject(folder: string, options: ProjectOptions): Promise<Project> {
  const { name } = options;
  if (!MODEL_NAME.test(name)) {
    throw refused(`"${name}" is no name for a model: use letters, digits, dots, dashes, underscores`);
  }
  await mkdir(folder).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST')
      throw refused(`${folder} exists already; choose another name`, cause);
    throw refused(`${folder} cannot be made (${messageOf(cause)})`, cause);
  });
  try {
    return await fillProject(folder, options);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function fillProject(folder: string, options: ProjectOptions): Promise<Project> {
  const { name, language, task, model } = options;
  const example = exampleFolder(language, task);
  const isSource = (path: string): boolean => path !== join(example, COMPONENT_FILE);
  await cp(example, folder, { recursive: true, filter: isSource });
  await copyContract(join(folder, 'wit'));
  await mkdir(join(folder, 'test'));
  await Promise.all([
    write(folder, 'package.json', `${JSON.stringify(packageOf(folder, options), null, 2)}\n`),
    write(folder, '.npmrc', NPMRC),
    write(folder, '.gitignore', GITIGNORE),
    write(folder, 'test/model.test.js', testOf(name)),
  ]);
  const shipped = shippedModel(task);
  const source = model?.kind === 'graph' ? { ...model, example: shipped } : (model ?? shipped);
  const { grants, limits } = LANGUAGES[language];
  const target = join(folder, 'models', name, '1');
  const { manifest, facts } = await copyModel(source, target, { task, grants, limits });
  const project = { ...options, sample: manifest.sample, facts };
  await write(folder, 'README.md', projectReadme(project));
  return project;
}

function shippedModel(task: ProjectTask): FolderSource {
  const [manifest, files = manifest] = SHIPPED[task];
  return { kind: 'folder', folder: join(ROOT, manifest), files: join(ROOT, files) };
}

/** The sources that a new project starts from. */
export function exampleFolder(language: LanguageName, task: ProjectTask): string {
  return fileURLToPath(packageFile(`components/examples/${task}/${language}`));
}

async function copyContract(target: string): Promise<void> {
  const wit = join(ROOT, 'wit');
  await mkdir(target);
  const files = (await readdir(wit)).filter((file) => file.endsWith('.wit'));
  for (const name of [...files, 'deps']) await cp(join(wit, name), join(target, name), { recursive: true });
}

function packageOf(folder: string, { name, language }: ProjectOptions): object {
  const own = LANGUAGES[language].packages.map((each) => [each, packageJson.devDependencies[each]] as const);
  return {
    name: name.toLowerCase(),
    private: true,
    type: 'module',
    scripts: {
      build: 'node build.js',
      test: 'node --test',
      start: 'sandpiper serve',
      dev: 'sandpiper dev .',
    },
    devDependencies: {
      // The Sandpiper that wrote this project builds and serves it, on the Node that it was made for.
      sandpiper: `file:${relative(folder, ROOT).replaceAll('\\', '/')}`,
      ...Object.fromEntries<string>(own),
    },
    optionalDependencies: nodePackage.optionalDependencies,
  };
}

function testOf(name: string): string {
  return `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from 'sandpiper';

test('the sample gives what model.json expects, on the whole path', async () => {
  const { problems } = await check('models/${name}/1');
  assert.deepEqual(problems, []);
});
`;
}

async function write(folder: string, path: string, text: string): Promise<void> {
  await writeFile(join(folder, path), text);
}

function refused(why: string, cause?: unknown): SandpiperError {
  return invalidConfig(`Cannot make a project: ${why}.`, { cause });
}
