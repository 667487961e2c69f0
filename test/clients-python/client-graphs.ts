import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageModel, modelsDir } from '../support/models.ts';
import { graphRepository, type GraphRepository } from '../support/graph-models.ts';
import { addModel, identityModel, spinningModel } from '../support/onnx-models.ts';
import type { ElementType } from '../../src/element-types.ts';

/** A classifier of photos in a repository as Triton has them. */
async function addTritonPhotos(repository: GraphRepository): Promise<void> {
  const { path } = repository;
  const source = join(modelsDir, imageModel, '1');
  await repository.put('triton-photos', 1, await readFile(join(source, 'model.onnx')));
  await copyFile(join(source, 'labels.txt'), join(path, 'triton-photos/labels.txt'));
  await writeFile(
    join(path, 'triton-photos/config.pbtxt'),
    'output [ { name: "logits" label_filename: "labels.txt" } ]\n',
  );
}

/** An identity of each datatype that a client may send, and graphs to add with, to classify by and to wait for, and a classifier of photos. */
export async function clientGraphs(): Promise<GraphRepository> {
  const types: Readonly<Record<string, ElementType>> = {
    bool: 'BOOL',
    uint8: 'UINT8',
    uint16: 'UINT16',
    uint32: 'UINT32',
    uint64: 'UINT64',
    int8: 'INT8',
    int16: 'INT16',
    int32: 'INT32',
    int64: 'INT64',
    fp16: 'FLOAT16',
    bf16: 'BFLOAT16',
    fp32: 'FLOAT',
    fp64: 'DOUBLE',
    bytes: 'STRING',
  };
  const identities = Object.entries(types).map(
    ([name, type]) => [name, identityModel(type, [null])] as const,
  );
  const repository = await graphRepository({
    ...Object.fromEntries(identities),
    add: addModel('FLOAT', [null, 4]),
    spin: spinningModel(),
  });
  await addTritonPhotos(repository);
  return repository;
}
