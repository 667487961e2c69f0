/** Copies a built component into the model folders of its project and updates their digests. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildFailure } from './build-failure.ts';
import { sealManifest } from './seal-manifest.ts';

/** Name of the component in a model folder. */
export const COMPONENT_FILE = 'component.wasm';

/**
 * Writes the component into each model version under `models/` whose manifest names `component.wasm`, and the
 * digests of all files that the manifest names.
 *
 * @param project the folder with `models/` in it
 * @returns the model folders, relative to the project
 * @throws Error if there is no such model folder, or a file that a manifest names is missing
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
    await sealManifest(manifest, join(project, folder));
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
