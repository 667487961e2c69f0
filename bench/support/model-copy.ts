/** A model folder in a directory of its own, with limits changed. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ModelCopy extends AsyncDisposable {
  /** A directory for `--models`. */
  models: string;
}

export async function copyModel(
  models: string,
  name: string,
  limits: Record<string, number>,
): Promise<ModelCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'sandpiper-bench-'));
  await cp(join(models, name), join(folder, name), { recursive: true });
  const path = join(folder, name, '1', 'model.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as { limits?: object };
  await writeFile(path, JSON.stringify({ ...manifest, limits: { ...manifest.limits, ...limits } }));
  return { models: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
