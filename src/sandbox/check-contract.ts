/**
 * Whether the interfaces that a component states are the contract's own, function by function.
 *
 * A component writes its own idea of what it imports into its file, and the translator binds to that: a
 * tensor whose constructor takes text in place of bytes, or a `static constructor` that lands on
 * JavaScript's `Function`. So the types of each interface are compared with those that the same translator
 * gives for the contract: that in wit/, that in wit/wasi/ where a component imports WASI, and that in
 * wit/older-nn/ where it imports an older release of wasi:nn. An interface
 * that neither has is for the grants to judge. JavaScript has one type for most numbers, so what this cannot tell apart
 * is compared by check-types.ts.
 */
import { transpileBytes } from '@bytecodealliance/jco-transpile';
import { componentEmbed, componentNew } from '@bytecodealliance/jco-transpile/wasm-tools';
import { contractFolders, readWit, WIT } from './contract-wit.ts';

type Files = Readonly<Record<string, Uint8Array>>;

/** `type field-name = string`, as the translator declares it. */
const ALIAS = /^export type (\w+) = (\w+);$/;

/** Items of each interface by its name; without version but for wasi:nn, whose releases differ. */
type Types = Map<string, Set<string>>;

let ours: Promise<Types> | undefined;
let wasi: Promise<Types> | undefined;
let olderNn: Promise<Types> | undefined;

/**
 * @param files of one translation, type declarations among them
 * @throws Error naming the interface and what the contract does not have
 */
export async function assertContract(files: Files): Promise<void> {
  const stated = typesOf(files);
  const [contract, granted] = await Promise.all([
    (ours ??= contractFolders().then(typesOfWorlds)),
    isWasi(files) ? (wasi ??= typesOfWorlds([`${WIT}wasi/`])) : undefined,
  ]);
  const isOlderNn = [...stated.keys()].some((name) => name.startsWith('wasi:nn/') && !contract.has(name));
  const older = isOlderNn ? await (olderNn ??= typesOfWorlds([`${WIT}older-nn/`])) : undefined;
  for (const [name, items] of stated) {
    const allowed = contract.get(name) ?? granted?.get(name) ?? older?.get(name);
    const foreign = allowed && [...items].find((item) => !allowed.has(item));
    if (foreign !== undefined) {
      throw new Error(`its interface ${name} is not the contract's, which has no "${foreign.slice(0, 200)}"`);
    }
  }
}

/** Whether the files of a translation name an interface of a package in wit/wasi/. */
function isWasi(files: Files): boolean {
  return Object.keys(files).some((file) =>
    /^interfaces\/wasi-(?:cli|clocks|filesystem|http|io|random|sockets)-/.test(file),
  );
}

/** What the worlds in some folders import and export, in a form that is equal where the types are. */
async function typesOfWorlds(folders: readonly string[]): Promise<Types> {
  const { own, witSource } = await readWit(folders);
  const types: Types = new Map();
  for (const [, world] of own.matchAll(/^world (\S+) \{/gm)) {
    if (world === undefined) continue;
    const dummy = await componentNew(await componentEmbed({ witSource, world, dummy: true }));
    const { files } = await transpileBytes(dummy, {
      name: 'component',
      instantiation: 'sync',
      multiMemory: true,
      emitTypescriptDeclarations: true,
    });
    for (const [name, items] of typesOf(files)) types.set(name, (types.get(name) ?? new Set()).union(items));
  }
  return types;
}

function typesOf(files: Files): Types {
  const types: Types = new Map();
  for (const [file, bytes] of Object.entries(files)) {
    if (!file.startsWith('interfaces/')) continue;
    const text = new TextDecoder().decode(bytes);
    const [, name = file] = /@module Interface (wasi:nn\/\S+|[^\s@]+)/.exec(text) ?? [];
    types.set(name, (types.get(name) ?? new Set()).union(itemsOf(text)));
  }
  return types;
}

/**
 * Functions line by line; a record or variant whole; a resource method by method. Releases of a package may name
 * a plain type anew, so such names are replaced by what they stand for.
 */
function itemsOf(declarations: string): Set<string> {
  const items = new Set<string>();
  const lines = declarations
    .replaceAll(/\/\*[^]*?\*\//g, '')
    .split('\n')
    .map((line) => line.trim())
    // What a component does not use is not stated, be it a constructor.
    .filter((line) => line !== '' && line !== 'private constructor();');
  const aliases = new Map(
    lines.flatMap((line) => {
      const [, name, type] = ALIAS.exec(line) ?? [];
      return name === undefined || type === undefined ? [] : [[name, type] as const];
    }),
  );
  const resolve = (text: string) => text.replaceAll(/\b\w+\b/g, (word) => target(word, aliases));
  let block: string | undefined;
  for (const line of lines.filter((each) => !ALIAS.test(each)).map(resolve)) {
    if (block === undefined) {
      if (line.endsWith('{')) block = line;
      else items.add(line);
    } else if (line === '}') {
      if (!block.includes('class ')) items.add(block);
      block = undefined;
    } else if (block.includes('class ')) items.add(`${block} ${line}`);
    else block += ` ${line}`;
  }
  return items;
}

/** What a chain of plain aliases ends in; a chain that is a ring ends somewhere. */
function target(word: string, aliases: ReadonlyMap<string, string>): string {
  const seen = new Set<string>();
  let current = word;
  for (let next = aliases.get(current); next !== undefined && !seen.has(next); next = aliases.get(current)) {
    seen.add(next);
    current = next;
  }
  return current;
}
