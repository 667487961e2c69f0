/** `console` for scripts in QuickJS, which has none: its lines go to the service log. */
import { readFile } from 'node:fs/promises';
import { readWit } from './wit-text.ts';

/** What TypeScript and editors know of it. */
export const CONSOLE_TYPES = `declare const console: Readonly<
  Record<'debug' | 'error' | 'info' | 'log' | 'trace' | 'warn', (...values: unknown[]) => void>
>;
`;

/** Joined to one line, in front of the script's first, so that its lines keep their numbers. */
const consoleBy = (logging: string): string[] => [
  `import { log as sandpiperLog } from '${logging}';`,
  `globalThis.console = (() => {`,
  `const plain = (value) => value instanceof Error ? value + ' ' + value.stack : JSON.stringify(value) ?? String(value);`,
  `const text = (value) => { try { return typeof value === 'string' ? value : plain(value); } catch { return String(value); } };`,
  `const by = (level) => (...values) => sandpiperLog(level, 'console', values.map(text).join(' '));`,
  `return { log: by('info'), ...Object.fromEntries(['trace', 'debug', 'info', 'warn', 'error'].map((level) => [level, by(level)])) };`,
  `})();`,
];

/** The interface by which a world logs, with its version; undefined for a world without it. */
export async function loggingOf(world: string): Promise<string | undefined> {
  const wit = await readWit('wit');
  return new RegExp(`\\bworld ${world} \\{[^}]*\\bimport (wasi:logging/logging@[\\w.-]+);`).exec(wit)?.[1];
}

/**
 * The source of a script for QuickJS, with a `console` where the world imports wasi:logging.
 *
 * @param options.world in the project's folder `wit`
 */
export async function readScript(file: string, { world }: { world: string }): Promise<string> {
  const [source, logging] = await Promise.all([readFile(file, 'utf8'), loggingOf(world)]);
  return logging === undefined ? source : `${consoleBy(logging).join(' ')} ${source}`;
}
