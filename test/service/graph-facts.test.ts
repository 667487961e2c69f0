/** Inputs and outputs of a graph: the same to the guest that loads it, to clients, to `check` and to embedders. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GraphSignature } from '../../src/index.ts';
import type { WitFacts } from '../../src/nn/wit-facts.ts';
import { startCommands } from '../support/commands.ts';
import { runProbe } from '../support/guest-probe.ts';
import { graphRepository } from '../support/graph-models.ts';
import { factsOf, loadByName } from '../support/guest-script.ts';
import { copyModels, imageModel } from '../support/models.ts';
import { identityModel } from '../support/onnx-models.ts';
import { startServer, type TestServer } from '../support/server.ts';

/** Field 14 of a ModelProto, `metadata_props`, with key `author` and value `nobody`. */
const METADATA = Buffer.from('\x72\x10\x0a\x06author\x12\x06nobody', 'latin1');

const commands = startCommands();
let models: { path: string } & AsyncDisposable;
let server: TestServer;
let graph: Uint8Array;

beforeAll(async () => {
  const file = join('1', 'model.onnx');
  models = await copyModels([imageModel], () => undefined);
  const path = join(models.path, imageModel, file);
  // A message of protobuf may be continued at its end.
  graph = Buffer.concat([await readFile(path), METADATA]);
  await writeFile(path, graph);
  const manifest = join(models.path, imageModel, '1', 'model.json');
  const text = await readFile(manifest, 'utf8');
  const { sha256 } = (JSON.parse(text) as { graphs: { model: { sha256: string } } }).graphs.model;
  await writeFile(manifest, text.replace(sha256, createHash('sha256').update(graph).digest('hex')));
  server = await startServer({ models: models.path });
});
afterAll(async () => {
  commands[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
  await models[Symbol.asyncDispose]();
});

/** As JSON tells it. */
function fromGuest({ inputs, outputs, metadata }: WitFacts): Omit<GraphSignature, 'name'> {
  const toReport = ({ ty, dimensions, ...port }: WitFacts['inputs'][number]) => ({
    ...port,
    type: ty ?? null,
    shape:
      dimensions?.map(({ tag, val }) => (tag === 'unknown' ? null : tag === 'fixed' ? Number(val) : val)) ??
      null,
  });
  return {
    inputs: inputs.map(toReport),
    outputs: outputs.map(toReport),
    metadata: Object.fromEntries(metadata),
  };
}

test('a guest, a client, sandpiper check and the library are told the same', async () => {
  const facts = {
    inputs: [
      { name: 'input', type: 'FP32', elementType: 'FLOAT', shape: ['batch', 3, 224, 224], optional: false },
    ],
    outputs: [
      { name: 'logits', type: 'FP32', elementType: 'FLOAT', shape: ['batch', 1000], optional: false },
    ],
    metadata: expect.objectContaining({ author: 'nobody' }) as Record<string, string>,
  };
  const [described] = server.service.describeModel(imageModel).graphs;
  expect(described).toEqual({ name: 'model', ...facts });

  const outcomes = await runProbe([loadByName('g', 'model'), factsOf('g')], { graphs: { model: graph } });
  const told = outcomes.at(-1);
  expect(told?.tag === 'facts' && { name: 'model', ...fromGuest(told.val) }).toEqual(described);

  const response = await fetch(`${server.url}/v2/models/${imageModel}`);
  const { properties } = (await response.json()) as { properties: Record<string, string> };
  expect({ name: 'model', ...(JSON.parse(properties['graph.model'] ?? '') as object) }).toEqual(described);

  const { stdout } = await commands.run(['check', '--json', join(models.path, imageModel, '1')]);
  const { model } = JSON.parse(stdout) as { model: { graphs: GraphSignature[] } };
  expect(model.graphs).toEqual([expect.objectContaining(described ?? {})]);
});

test('sandpiper check tells a reader a graph’s properties', async () => {
  const { stdout } = await commands.run(['check', join(models.path, imageModel, '1')]);
  expect(stdout).toContain('property\tmodel\tauthor\tnobody\n');
});

test('a bare graph’s properties have its own signature under its name, beside its own metadata', async () => {
  await using bare = await graphRepository({
    bare: Buffer.concat([identityModel('FLOAT', ['n']), METADATA]),
  });
  await using alone = await startServer({ models: bare.path, cacheDir: bare.path });
  const response = await fetch(`${alone.url}/v2/models/bare`);
  const { properties } = (await response.json()) as { properties: Record<string, string> };
  expect(properties).toMatchObject({ author: 'nobody', task: 'tensors' });
  expect(Object.keys(properties).filter((key) => key.startsWith('graph.'))).toEqual(['graph.bare']);
  expect({ name: 'bare', ...(JSON.parse(properties['graph.bare'] ?? '') as object) }).toEqual(
    alone.service.describeModel('bare').graphs[0],
  );
});
