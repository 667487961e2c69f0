/** The examples there are, and which of them are small enough to lie in the repository as built. */
import { existsSync } from 'node:fs';
import { exampleFolder } from '../../src/scaffold/create-project.ts';
import { LANGUAGES, TASKS, type LanguageName } from '../../src/scaffold/languages.ts';
import type { Task } from '../../src/service/api/tasks.ts';

export interface Example {
  task: Task;
  language: LanguageName;
  folder: string;
  /** Whether component.wasm lies beside its sources: it is small, and so there without any build. */
  committed: boolean;
}

const SMALL: readonly LanguageName[] = ['assemblyscript', 'c', 'rust'];

export const EXAMPLES: readonly Example[] = TASKS.flatMap((task) =>
  (Object.keys(LANGUAGES) as LanguageName[])
    .map((language) => ({ task, language, folder: exampleFolder(language, task) }))
    .filter(({ folder }) => existsSync(folder))
    .map((example) => ({ ...example, committed: SMALL.includes(example.language) })),
);

/** As `image-classification/rust`. */
export function exampleName({ task, language }: Example): string {
  return `${task}/${language}`;
}
