/** A built component into the model folders of its project, and every digest of theirs made true again. */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildFailure } from './build-failure.ts';

/** What a project's build leaves in its model folders. */
export const COMPONENT_FILE = 'component.wasm';

/**
 * Writes the component into each model version under `models/` whose manifest names `component.wasm`, and the
 * digests of all files that the manifest names.
 *
 * @param project the folder with `models/` in it
 * @returns the model folders, relative to the project
 * @throws Error when there is no such model folder, or a file that a manifest names is missing
 */
export async function installComponent(component: Uint8Array, project: string): Promise<string[]> {
  const folders: string[] = [];
  const entries = await readdir(join(project, 'models'), { recursive: true });
  for (const entry of entries.filter((name) => /^[^/\\]+[/\\]\d+[/\\]model\.json$/.test(name))) {
    const folder = join('models', entry, '..');
    const path = join(project, folder, 'model.json');
    const manifest = JSON.parse(await readFile(path, 'utf8')) as { component?: { file?: string } };
    if (manifest.component?.file !== COMPONENT_FILE) continue;
    await writeFile(join(project, folder, COMPONENT_FILE), component);
    await sealFiles(manifest, join(project, folder));
    await writeFile(path, `${JSON.stringify(manifest, null, 2)}\n`);
    folders.push(folder);
  }
  if (folders.length === 0) {
    throw new BuildFailure(
      `no model.json in ${join(project, 'models')} names ${COMPONENT_FILE} as its component`,
    );
  }
  return folders;
}

/** Sets the digest beside each `file` of a manifest, whatever else stands there. */
export async function sealFiles(value: unknown, folder: string): Promise<void> {
  if (typeof value !== 'object' || value === null) return;
  if ('file' in value && typeof value.file === 'string') {
    const bytes = await readFile(join(folder, value.file));
    Object.assign(value, { sha256: createHash('sha256').update(bytes).digest('hex') });
  }
  for (const inner of Object.values(value)) await sealFiles(inner, folder);
}
