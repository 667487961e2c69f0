/**
 * Whether the interfaces that a component states are the contract's own, function by function.
 *
 * A component writes its own idea of what it imports into its file, and the translator binds to that: a
 * tensor whose constructor takes text in place of bytes, or a `static constructor` that lands on
 * JavaScript's `Function`. So the types of each interface are compared with those that the same translator
 * gives for the contract in wit/. An interface that the contract does not have is for the grants to judge.
 */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transpileBytes } from '@bytecodealliance/jco-transpile';
import { componentEmbed, componentNew } from '@bytecodealliance/jco-transpile/wasm-tools';

type Files = Readonly<Record<string, Uint8Array>>;

const WIT = fileURLToPath(new URL('../../wit/', import.meta.url));

let known: Promise<Map<string, Set<string>>> | undefined;

/**
 * @param files of one translation, type declarations among them
 * @throws Error naming the interface and what the contract does not have
 */
export async function assertContract(files: Files): Promise<void> {
  const contract = await (known ??= contractTypes());
  for (const [name, stated] of typesOf(files)) {
    const allowed = contract.get(name);
    const foreign = allowed && [...stated].find((item) => !allowed.has(item));
    if (foreign !== undefined) {
      throw new Error(`its interface ${name} is not the contract's, which has no "${foreign.slice(0, 200)}"`);
    }
  }
}

/** By interface without version: its items in a form that is equal where the types are. */
async function contractTypes(): Promise<Map<string, Set<string>>> {
  const { own, witSource } = await readContract();
  const types = new Map<string, Set<string>>();
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

function typesOf(files: Files): Map<string, Set<string>> {
  const types = new Map<string, Set<string>>();
  for (const [file, bytes] of Object.entries(files)) {
    if (!file.startsWith('interfaces/')) continue;
    const text = new TextDecoder().decode(bytes);
    const [, name = file] = /@module Interface ([^\s@]+)/.exec(text) ?? [];
    types.set(name, (types.get(name) ?? new Set()).union(itemsOf(text)));
  }
  return types;
}

/** Functions and aliases line by line; a record or variant whole; a resource method by method. */
function itemsOf(declarations: string): Set<string> {
  const items = new Set<string>();
  const lines = declarations
    .replaceAll(/\/\*[^]*?\*\//g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  let block: string | undefined;
  for (const line of lines) {
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

/** All of wit/ as one text: our package, then each that it depends on, nested. */
async function readContract(): Promise<{ own: string; witSource: string }> {
  const folders = await readdir(`${WIT}deps`, { withFileTypes: true });
  const names = folders.filter((entry) => entry.isDirectory()).map(({ name }) => `${WIT}deps/${name}/`);
  const [ours, ...deps] = await Promise.all([WIT, ...names.toSorted()].map(readPackages));
  const own = `package ${ours?.[0]?.head ?? ''};\n${ours?.map(({ body }) => body).join('\n') ?? ''}`;
  const nested = deps.flat().map(({ head, body }) => `package ${head} {\n${body}\n}\n`);
  return { own, witSource: [own, ...nested].join('\n') };
}

async function readPackages(folder: string): Promise<{ head: string; body: string }[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.wit')).toSorted();
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(folder + file, 'utf8');
      const head = /^package ([^;]+);$/m.exec(text)?.[1] ?? '';
      return { head, body: text.replace(/^package ([^;]+);$/m, '') };
    }),
  );
}
