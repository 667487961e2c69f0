/** The contract's own WIT: the files in wit/, as texts that the tools of the component model take. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { packageFile } from '../package-files.ts';

export const WIT = fileURLToPath(packageFile('wit/'));

export async function contractFolders(): Promise<string[]> {
  const deps = await readdir(`${WIT}deps`, { withFileTypes: true });
  const names = deps.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return [WIT, ...names.toSorted().map((name) => `${WIT}deps/${name}/`)];
}

/** Folders of WIT as one text: our own package, then each that it depends on, nested. */
export async function readWit(folders: readonly string[]): Promise<{ own: string; witSource: string }> {
  const packages = (await Promise.all(folders.map(readPackages))).flat();
  const ownHead = packages.map(({ head }) => head).find((head) => head.startsWith('sandpiper:')) ?? '';
  const bodies = packages.filter(({ head }) => head === ownHead).map(({ body }) => body);
  const own = `package ${ownHead};\n${bodies.join('\n')}`;
  const nested = packages
    .filter(({ head }) => head !== ownHead)
    .map(({ head, body }) => `package ${head} {\n${body}\n}\n`);
  return { own, witSource: [own, ...nested].join('\n') };
}

export async function readPackages(folder: string): Promise<{ head: string; body: string }[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.wit')).toSorted();
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(folder + file, 'utf8');
      const head = /^package ([^;]+);$/m.exec(text)?.[1] ?? '';
      return { head, body: text.replace(/^package ([^;]+);$/m, '') };
    }),
  );
}
