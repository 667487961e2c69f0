/** The contract in wit/, in the form that the component tools take, and a core module made a component of it. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { componentEmbed, componentNew } from '@bytecodealliance/jco-transpile/wasm-tools';

const witFolder = join(import.meta.dirname, '..', 'wit');
const PACKAGE_LINE = /^package ([^;]+);$/m;

/**
 * A component of `world` from a core module.
 *
 * @throws Error if the module does not export what the world asks for, or imports something else.
 */
export async function toComponent(core: Uint8Array, world: string, witSource: string): Promise<Uint8Array> {
  // AssemblyScript's strings are UTF-16: so are this component's, and none is ever transcoded inside it.
  const embedded = await componentEmbed({ binary: core, witSource, world, stringEncoding: 'utf16' });
  return componentNew(embedded);
}

/**
 * All of wit/ as one text: our package, then each package it depends on, nested. (`witPath` of the
 * tools would read a folder, but their own file system has none mounted.)
 */
export async function readContract(): Promise<string> {
  const own = await readPackages(witFolder);
  const folders = await readdir(join(witFolder, 'deps'), { withFileTypes: true });
  const names = folders.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const deps = await Promise.all(names.toSorted().map((name) => readPackages(join(witFolder, 'deps', name))));
  const [first] = own;
  if (!first) throw new Error(`${witFolder} has no .wit file`);
  const ours = `package ${first.head};\n${own.map(({ body }) => body).join('\n')}`;
  return [ours, ...deps.flat().map(({ head, body }) => `package ${head} {\n${body}\n}\n`)].join('\n');
}

async function readPackages(folder: string): Promise<{ head: string; body: string }[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.wit')).toSorted();
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(folder, file), 'utf8');
      const head = PACKAGE_LINE.exec(text)?.[1];
      if (head === undefined) throw new Error(`${join(folder, file)} names no package`);
      return { head, body: text.replace(PACKAGE_LINE, '') };
    }),
  );
}
