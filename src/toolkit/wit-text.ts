/** Reads a folder of WIT as one text, the form that the component tools take. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const PACKAGE_LINE = /^package ([^;]+);$/m;

/**
 * The folder's package, then each package under its `deps/`, nested. (The tools' own virtual file system cannot read
 * the folder.)
 *
 * @throws Error for a folder without WIT, and for a file that names no package
 */
export async function readWit(folder: string): Promise<string> {
  const own = await readPackages(folder);
  const entries = await readdir(join(folder, 'deps'), { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const deps = await Promise.all(names.toSorted().map((name) => readPackages(join(folder, 'deps', name))));
  const [first] = own;
  if (!first) throw new Error(`${folder} has no .wit file`);
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
