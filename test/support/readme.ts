/** Examples in the project's documents, for tests to run. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const repository = join(import.meta.dirname, '..', '..');

/** The blocks of code of one language, in order. */
export async function codeBlocks(document: string, language: string): Promise<string[]> {
  const text = await readFile(join(repository, document), 'utf8');
  return [...text.matchAll(/^```(\w*)\n([^]*?)^```$/gm)]
    .filter(([, found]) => found === language)
    .map(([, , code = '']) => code);
}

/** The program of "In a Node process". */
export async function nodeExample(): Promise<string> {
  const found = (await codeBlocks('README.md', 'ts')).find((code) => code.includes("from 'sandpiper'"));
  if (found === undefined) throw new Error('README.md has no program that imports sandpiper');
  return found;
}

/** Where the links of a document lead that are neither of the web nor within itself. */
export async function relativeLinks(document: string): Promise<string[]> {
  const text = await readFile(join(repository, document), 'utf8');
  const inline = [...text.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)];
  const definitions = [...text.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)];
  return [...inline, ...definitions]
    .map(([, target = '']) => target.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z][a-z+.-]*:/i.test(target));
}
