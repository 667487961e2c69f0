/** Repositories of bare graphs, `<name>/<version>/model.onnx`, as Triton has them. */
import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from './temporary-folder.ts';

export interface GraphRepository extends AsyncDisposable {
  readonly path: string;
  /** Writes a version, in the place of what was there. */
  put(name: string, version: number, graph: Uint8Array, manifest?: object): Promise<void>;
  remove(name: string, version: number): Promise<void>;
}

/** @param graphs by name, as version 1 */
export async function graphRepository(
  graphs: Readonly<Record<string, Uint8Array>> = {},
): Promise<GraphRepository> {
  const folder = await temporaryFolder('sandpiper-graphs-');
  const place = (name: string, version: number): string => join(folder.path, name, String(version));
  const repository: GraphRepository = {
    path: folder.path,
    put: async (name, version, graph, manifest) => {
      await mkdir(place(name, version), { recursive: true });
      await writeFile(join(place(name, version), 'model.onnx'), graph);
      if (manifest !== undefined)
        await writeFile(
          join(place(name, version), 'model.json'),
          JSON.stringify({ ...bareManifest(graph), ...manifest }),
        );
    },
    remove: async (name, version) => rm(place(name, version), { recursive: true }),
    [Symbol.asyncDispose]: async () => folder[Symbol.asyncDispose](),
  };
  for (const [name, graph] of Object.entries(graphs)) await repository.put(name, 1, graph);
  return repository;
}

function bareManifest(graph: Uint8Array): object {
  const sha256 = createHash('sha256').update(graph).digest('hex');
  return {
    task: 'tensors',
    graph: { file: 'model.onnx', sha256 },
    licence: 'Apache-2.0',
    source: 'made by a test',
  };
}
