/** Reads a graph of a model folder with its external data. */
import { dirname, join, normalize } from 'node:path';
import { inTurns } from '../async/turns.ts';
import { backendOf } from '../engine/backends.ts';
import { EngineError } from '../engine/engine-error.ts';
import { freeBytes } from '../free-bytes.ts';
import type { FolderReader } from './folder-reader.ts';
import type { ManifestGraph } from './manifest.ts';

/**
 * @param stated the manifest's entry; without one no digest is checked
 * @returns a model without external data, unless it names the data in a way that the engine refuses
 * @throws SandpiperError `invalid-model`: a file is missing, outside the folder, not in the manifest, of another digest,
 *   or does not fit the graph
 */
export async function readGraph(
  reader: FolderReader,
  file: string,
  stated?: ManifestGraph,
): Promise<Uint8Array> {
  const model = stated === undefined ? await reader.readUnchecked(file) : await reader.read(stated);
  const { externalData } = backendOf(model);
  const locations = externalData === undefined ? [] : await inTurns(externalData.locating(model));
  if (externalData === undefined || locations.length === 0) return model;
  const files = new Map<string, Uint8Array>();
  let { maxBytes } = externalData;
  for (const location of locations) {
    if (leaves(location)) throw reader.outside(`the data of ${file} in ${JSON.stringify(location)}`);
    const path = join(dirname(file), location);
    const named = stated?.data?.find((one) => normalize(one.file) === path);
    if (stated !== undefined && named === undefined) await reader.unstated(path, file);
    const bytes =
      named === undefined
        ? await reader.readUnchecked(path, { maxBytes })
        : await reader.read(named, { maxBytes });
    maxBytes -= bytes.byteLength;
    files.set(location, bytes);
  }
  try {
    const whole = externalData.inline(model, files);
    for (const bytes of files.values()) freeBytes(bytes);
    return whole;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw reader.refused(
      `${file} does not fit its data: ${error.message.replace(/\.$/, '')}`,
      'export the model again, or copy all of its files',
      error,
    );
  }
}

/** Whether a location leads out of the model's folder, to which locations are relative. */
function leaves(location: string): boolean {
  const path = normalize(location);
  return path === '..' || path.startsWith('../') || path.startsWith('/');
}
