/** The examples there are, and which of them lie in the repository as built. */
import { exampleFolder } from '../../src/scaffold/create-project.ts';
import { languagesOf, TASKS, type LanguageName } from '../../src/scaffold/languages.ts';
import type { Task } from '../../src/service/api/tasks.ts';

export interface Example {
  task: Task;
  language: LanguageName;
  folder: string;
  /** Whether component.wasm lies beside its sources, there without any build. */
  committed: boolean;
}

/** Small, and of compilers that not everybody has. */
const COMMITTED: readonly LanguageName[] = ['c', 'rust'];

/** The world in wit/ that the examples of a task are made for. */
export const WORLDS: Readonly<Record<Task, string>> = {
  'image-classification': 'image-classifier',
  'speech-transcription': 'speech-transcriber',
};

export const EXAMPLES: readonly Example[] = TASKS.flatMap((task) =>
  languagesOf(task)
    .map((language) => ({ task, language, folder: exampleFolder(language, task) }))
    .map((example) => ({ ...example, committed: COMMITTED.includes(example.language) })),
);

/** As `image-classification/rust`. */
export function exampleName({ task, language }: Example): string {
  return `${task}/${language}`;
}
