import { existsSync } from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { invalidConfig } from '../errors.ts';
import { forShell } from '../scaffold/for-shell.ts';
import { LANGUAGES, TASKS, type LanguageName, type ProjectTask } from '../scaffold/languages.ts';
import type { GivenModel } from '../scaffold/project.ts';

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
    .option(
      '--labels <file>',
      'with the ONNX file of an image classifier: the label of class n in line n + 1',
    )
    .option('--sample <file>', 'with the ONNX file of an image classifier: a picture')
    .option('--expect <label>', 'with the ONNX file of an image classifier: what the picture shows')
    .action(runNew);
}

/** @throws SandpiperError `invalid-config`, `invalid-model` */
async function runNew(path: string, flags: Flags): Promise<void> {
  const folder = resolve(path);
  const { lang: language, task } = flags;
  const model = await givenModel(flags);
  const [{ createProject }, { nextSteps, stillToWrite }] = await Promise.all([
    import('../scaffold/create-project.ts'),
    import('../scaffold/project.ts'),
  ]);
  const project = await createProject(folder, { name: basename(folder), language, task, model });
  const { title, toolchain, source } = LANGUAGES[language];
  const steps = [`cd ${forShell(relative('.', folder))}`, ...nextSteps(project)];
  process.stdout.write(
    `Wrote ${path}: ${task} in ${title}. The component is ${source[task]}.\n` +
      `The build needs ${toolchain}.\n${stillToWrite(project)}\nNext:\n\n${steps.map((step) => `  ${step}\n`).join('')}`,
  );
}

/** @throws SandpiperError `invalid-config` for flags that the task and the model do not go with */
async function givenModel({ task, model, labels, sample, expect }: Flags): Promise<GivenModel | undefined> {
  const flags = Object.entries({ labels, sample, expect });
  const isFlagged = flags.some(([, value]) => value !== undefined);
  const { isFolder } = await import('../repository/repository-entries.ts');
  if (model === undefined || (await isFolder(model))) {
    if (isFlagged) {
      throw invalidConfig(
        'A model folder has labels and a sample of its own: give --labels, --sample and --expect with an ONNX file only.',
      );
    }
    return model === undefined ? undefined : { kind: 'folder', folder: model };
  }
  if (!existsSync(model))
    throw invalidConfig(`There is no ${model}: name a model folder or an ONNX file with --model.`);
  switch (task) {
    case 'image-classification': {
      if (labels !== undefined && sample !== undefined && expect !== undefined)
        return { kind: 'classifier', graph: model, labels, sample, expect };
      const missing = flags.flatMap(([flag, value]) => (value === undefined ? [`--${flag}`] : []));
      throw invalidConfig(
        `${model} is no model folder; with the ONNX file of an image classifier, give ${missing.join(', ')} as well. With one of any other task, give --task prediction.`,
      );
    }
    case 'speech-transcription':
      throw invalidConfig(
        `An ONNX file alone says too little for ${task}: name a model folder with --model, such as models/moonshine-tiny/1.`,
      );
    case 'prediction':
      if (isFlagged)
        throw invalidConfig(
          '--labels, --sample and --expect are for image classifiers: a component for prediction says itself what it takes, and its model.json has the sample.',
        );
      return { kind: 'graph', graph: model };
  }
}
