/** The examples there are, and which of them lie in the repository as built. */
import { exampleFolder } from '../../src/scaffold/create-project.ts';
import { LANGUAGES, TASKS, type LanguageName, type ProjectTask } from '../../src/scaffold/languages.ts';

export interface Example {
  task: ProjectTask;
  language: LanguageName;
  folder: string;
  /** Whether component.wasm lies beside its sources, there without any build. */
  committed: boolean;
}

/** Small, and of compilers that not everybody has. */
const COMMITTED: readonly LanguageName[] = ['c', 'rust'];

/** The world in wit/ that the examples of a task are made for. */
export const WORLDS: Readonly<Record<ProjectTask, string>> = {
  'image-classification': 'image-classifier',
  'speech-transcription': 'speech-transcriber',
  prediction: 'predictor',
};

export const EXAMPLES: readonly Example[] = TASKS.flatMap((task) =>
  (Object.keys(LANGUAGES) as LanguageName[])
    .map((language) => ({ task, language, folder: exampleFolder(language, task) }))
    .map((example) => ({ ...example, committed: COMMITTED.includes(example.language) })),
);

/** As `image-classification/rust`. */
export function exampleName({ task, language }: Example): string {
  return `${task}/${language}`;
}
