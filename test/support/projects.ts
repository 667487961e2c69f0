/**
 * Which project of vitest a test file belongs to, told by what it needs:
 *
 * - `unit`: nothing but this process
 * - `integration`: the service or a command, or processes and threads of their own
 * - `slow`: takes ten seconds and more, or a process that no other file has been in
 * - those with a folder of their own: not in `npm test`; `package.json` has their commands. `box` is for what starts
 *   many processes of the product, as a box does and an author does not after each change
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** The longest first. */
const LONG = [
  'cli/run',
  'cli/check',
  'cli/serve',
  'service/long-speech',
  'models/sound-events',
  'sandbox/composed',
];

/** They measure the process, or set what the first engine of a process settles. */
const ALONE = ['engine/engine', 'engine/run-memory'];

export const SLOW = [...LONG, ...ALONE].map((name) => `test/${name}.test.ts`);

/** Where a process, a thread or the service begins. */
const STARTS =
  /^(?:node:child_process|node:worker_threads|.*\/src\/index\.ts|.*\/src\/.*-(?:pool|handle|client)\.ts)$/;

/** An import of values: types need nothing. */
const IMPORT = /^(?:import|export) (?!type )[^;]*?from '([^']+)';/gm;

const FOLDERS = ['accuracy', 'attacks', 'box', 'examples', 'fuzz', 'install', 'page'] as const;

export type Project = 'unit' | 'integration' | 'slow' | (typeof FOLDERS)[number];

/** The files of each project, relative to the repository. */
export function testFiles(): Record<Project, string[]> {
  const files: Record<Project, string[]> = {
    unit: [],
    integration: [],
    slow: [],
    accuracy: [],
    attacks: [],
    box: [],
    examples: [],
    fuzz: [],
    install: [],
    page: [],
  };
  for (const file of globSync('test/**/*.test.ts', { cwd: root })) files[projectOf(file)].push(file);
  return files;
}

export function projectOf(file: string): Project {
  const folder = FOLDERS.find((name) => file.startsWith(`test/${name}/`));
  if (folder !== undefined) return folder;
  if (SLOW.includes(file)) return 'slow';
  return starts(join(root, file), new Set()) ? 'integration' : 'unit';
}

/** Whether a file of the tests, or one that it imports from among them, starts something. */
function starts(file: string, seen: Set<string>): boolean {
  if (seen.has(file) || !existsSync(file)) return false;
  seen.add(file);
  const imports = [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(([, specifier = '']) => specifier);
  return imports.some((specifier) => {
    if (STARTS.test(specifier)) return true;
    const path = join(dirname(file), specifier);
    return specifier.startsWith('.') && relative(root, path).startsWith('test') && starts(path, seen);
  });
}
