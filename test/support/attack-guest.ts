/** Guests of test/guests: their texts made components, and what each is expected to come to. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { readContract } from '../../components/world.ts';
import type { ModelLimits } from '../../src/config/limits.ts';
import type { Grants } from '../../src/capabilities/capabilities.ts';
import { leb, sectionsOf } from '../../src/sandbox/code/wasm-binary.ts';

/** Whatever any component may import. */
const worldWith = (imports: string): string =>
  `world attack { include image-classifier; import sound; import progress; ${imports} }`;

const IMPORT_LINES = /^\(import .*$/gm;

const COMPONENT_SECTION = 4;
const INSTANCE_SECTION = 5;

const guests = join(import.meta.dirname, '..', 'guests');

export interface Expected {
  /** The attack, for the test's title. */
  what: string;
  at: 'load' | 'call';
  outcome: 'refused' | 'trap' | 'failure' | 'value' | 'deadline';
  /** Code of the SandpiperError that the caller gets. */
  code?: string;
  /** Regular expression for the message of the refusal, trap or failure; for a trap the operator's. */
  message?: string;
  /** The result of a call. */
  value?: unknown;
  /** Regular expressions: one for each log line, in order. */
  log?: string[];
  logBytesAtMost?: number;
  /** Resident memory of the process may grow by this much. */
  residentBytesAtMost?: number;
  limits?: Partial<ModelLimits>;
  grants?: Partial<Grants>;
  config?: Record<string, string>;
  encoding?: 'utf8' | 'utf16' | 'compact-utf16';
}

export async function listGuests(): Promise<{ name: string; expected: Expected }[]> {
  const folders = await readdir(guests, { withFileTypes: true });
  const found = folders
    .filter((entry) => entry.isDirectory())
    .map(async ({ name }) => {
      const text = await readFile(join(guests, name, 'expected.json'), 'utf8').catch(() => undefined);
      return text === undefined ? [] : [{ name, expected: JSON.parse(text) as Expected }];
    });
  return (await Promise.all(found)).flat().toSorted((a, b) => a.name.localeCompare(b.name));
}

/** The component of a guest: its text as it stands, or its `$attack` and the like on top of base.wat. */
export async function buildGuest(name: string, encoding: Expected['encoding'] = 'utf8'): Promise<Uint8Array> {
  return buildText(await readFile(join(guests, name, 'guest.wat'), 'utf8'), encoding);
}

/**
 * A guest that waits for an answer to a request of its own.
 *
 * @param authority of whom it asks
 */
export async function buildWaitingForHttp(authority: string): Promise<Uint8Array> {
  const text = await readFile(join(guests, 'wait-for-http', 'guest.wat'), 'utf8');
  const wit = await readFile(join(guests, 'wasi-http', 'guest.wit'), 'utf8');
  return buildText(
    text.replace('"AUTHORITY"', `"${authority}"`).replace('LENGTH', `${authority.length}`),
    'utf8',
    {
      imports: 'import wasi:io/poll@0.2.0; import wasi:http/outgoing-handler@0.2.0;',
      packages: wit.slice(wit.search(/^package wasi:clocks/m)),
    },
  );
}

/** @param more what it may import beside the contract, and the packages of that */
export async function buildText(
  text: string,
  encoding: Expected['encoding'] = 'utf8',
  more = { imports: '', packages: '' },
): Promise<Uint8Array> {
  const code = text.replaceAll(/^;;.*\n/gm, '').trimStart();
  if (code.startsWith('(component $beside-good')) return besideGood(await parse(text));
  if (code.startsWith('(component')) return parse(text);
  const module = code.startsWith('(module') ? text : `(module\n${withBase(await base(), text)}\n)`;
  const embedded = await componentEmbed({
    binary: await parse(module),
    witSource: `${(await readContract()).replace(/^package [^;{]+;$/m, `$&\n${worldWith(more.imports)}`)}\n${more.packages}`,
    world: 'attack',
    stringEncoding: encoding,
  });
  return componentNew(embedded);
}

/** The good guest with another component in it, which needs nothing and is instantiated after it. */
async function besideGood(component: Uint8Array): Promise<Uint8Array> {
  const good = await buildGuest('good');
  const index = sectionsOf(good).filter(({ id }) => id === COMPONENT_SECTION).length;
  return Buffer.concat([
    good,
    Uint8Array.from([COMPONENT_SECTION, ...leb(component.length)]),
    component,
    Uint8Array.from([INSTANCE_SECTION, 4, 1, 0, index, 0]),
  ]);
}

async function base(): Promise<string> {
  return readFile(join(guests, 'base.wat'), 'utf8');
}

/** Imports have to come first: the guest's own, in lines of their own, and those of the shared text, which it follows. */
function withBase(shared: string, guest: string): string {
  const parts = shared.split(/^;; part /m).slice(1);
  const kept = parts.filter((part) => {
    const [name = ''] = part.split('\n', 1);
    return !name.startsWith('$') || !guest.includes(`(func ${name} `);
  });
  const imports = guest.match(IMPORT_LINES) ?? [];
  return [...imports, ...kept.map((part) => `;; ${part}`), guest.replaceAll(IMPORT_LINES, '')].join('\n');
}
