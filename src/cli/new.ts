import { basename, relative, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { invalidConfig } from '../errors.ts';
import { forShell } from '../scaffold/for-shell.ts';
import { LANGUAGES, TASKS, type LanguageName, type ProjectTask } from '../scaffold/languages.ts';
import type { ModelSource } from '../scaffold/model-files.ts';

interface Flags {
  lang: LanguageName;
  task: ProjectTask;
  model?: string;
  labels?: string;
  sample?: string;
  expect?: string;
}

/** `sandpiper new`: writes a project for a component in a language of the author's choice. */
export function addNewCommand(program: Command): void {
  program
    .command('new')
    .description(
      'write a small project: a component in a language of your choice, and the model that it serves',
    )
    .argument('<folder>', 'where to put it; its last part is the name of the model')
    .addOption(
      new Option('--lang <language>', 'what to write it in')
        .choices(Object.keys(LANGUAGES))
        .makeOptionMandatory(),
    )
    .addOption(new Option('--task <task>', 'what it does').choices(TASKS).default(TASKS[0]))
    .option(
      '--model <path>',
      'model folder to take the graphs from, or an ONNX file (default: the shipped model)',
    )
    .option('--labels <file>', 'with an ONNX file: the label of class n in line n + 1')
    .option('--sample <file>', 'with an ONNX file: a picture')
    .option('--expect <label>', 'with an ONNX file: what the picture shows')
    .action(runNew);
}

/** @throws SandpiperError `invalid-config`, `invalid-model` */
async function runNew(path: string, flags: Flags): Promise<void> {
  const folder = resolve(path);
  const { lang: language, task } = flags;
  const model = await modelSource(flags);
  const [{ createProject }, { nextSteps }] = await Promise.all([
    import('../scaffold/create-project.ts'),
    import('../scaffold/project.ts'),
  ]);
  const project = await createProject(folder, { name: basename(folder), language, task, model });
  const { title, toolchain, source } = LANGUAGES[language];
  const steps = [`cd ${forShell(relative('.', folder))}`, ...nextSteps(project)];
  process.stdout.write(
    `Wrote ${path}: ${task} in ${title}. The component is ${source[task]}.\n` +
      `The build needs ${toolchain}.\n\nNext:\n\n${steps.map((step) => `  ${step}\n`).join('')}`,
  );
}

async function modelSource({ model, labels, sample, expect }: Flags): Promise<ModelSource | undefined> {
  const missing = Object.entries({ labels, sample, expect }).flatMap(([flag, value]) =>
    value === undefined ? [`--${flag}`] : [],
  );
  const { isFolder } = await import('../repository/repository-entries.ts');
  if (model === undefined || (await isFolder(model))) {
    if (missing.length < 3) {
      throw invalidConfig(
        'A model folder has labels and a sample of its own: give --labels, --sample and --expect with an ONNX file only.',
      );
    }
    return model === undefined ? undefined : { kind: 'folder', folder: model };
  }
  if (labels === undefined || sample === undefined || expect === undefined) {
    throw invalidConfig(
      `${model} is no model folder; with an ONNX file, give ${missing.join(', ')} as well.`,
    );
  }
  return { kind: 'graph', graph: model, labels, sample, expect };
}
