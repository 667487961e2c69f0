import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { openSandpiper, SandpiperError, type Sandpiper } from '../../src/index.ts';
import { expectAllThreads, installGood, withGoodBeside } from '../support/attack-good.ts';
import { buildGuest } from '../support/attack-guest.ts';
import { AttackHost, type Result } from '../support/attack-host.ts';
import { graphRepository, type GraphRepository } from '../support/graph-models.ts';
import { HOSTILE_GRAPHS, type HostileGraph } from '../support/hostile-graphs.ts';
import { longestTurnMs } from '../support/longest-turn.ts';
import { onnxModel } from '../support/onnx-builder.ts';
import { addModel } from '../support/onnx-models.ts';

// Graphs that ask for much when they are loaded, from a component that may bring its own and from a folder, with good
// requests beside them.

const graphs = Object.entries(HOSTILE_GRAPHS);

/** wasi:nn's codes, as the guest tells them: 100 and its place in the enumeration, or 0 where it loads. */
const CODES: Readonly<Record<HostileGraph['refusedBy'], readonly number[]>> = {
  reading: [101],
  engine: [101, 104],
  crash: [101],
  time: [102],
  // Memory takes time to be had, and on a machine that is busy all of it.
  memory: [102, 105],
  any: [0, 101, 102, 104, 105],
};

describe('A component that brings a graph gets an error of its own:', () => {
  let host: AttackHost;
  let guest: Uint8Array;

  beforeAll(async () => {
    host = await AttackHost.open();
    await installGood(host);
    guest = await buildGuest('load-asset-as-graph');
  });
  afterAll(async () => host[Symbol.asyncDispose]());

  it.each(graphs)('%s', async (name, make) => {
    const { bytes, refusedBy } = make();
    const key = `${name}@1`;
    await host.install(key, guest, {
      grants: { graphLoad: true },
      limits: { memoryBytes: 128 * 2 ** 20 },
      asset: bytes,
    });
    // Twice: the second time it is known what comes of it.
    for (const _ of [1, 2]) {
      const result = await withGoodBeside(host, host.call(key, { deadlineMs: 50_000 }));
      expect(CODES[refusedBy]).toContain(indexOf(result));
    }
    host.guests.uninstall(key);
    await expectAllThreads(host);
  });
});

describe('A folder with a graph is refused in words:', () => {
  const words: Readonly<Record<HostileGraph['refusedBy'], RegExp>> = {
    reading: /^(?!.*graphLoad)/,
    engine: /engine cannot/,
    crash: /ends the process that does it \(SIG/,
    time: /graphLoadMs/,
    memory: /graphLoad(Ms|Bytes)/,
    any: /./,
  };
  let repository: GraphRepository;
  let service: Sandpiper;

  beforeAll(async () => {
    repository = await graphRepository();
    // A busy machine is late, not wrong.
    await repository.put('add', 1, addModel('FLOAT', [1]), { limits: { deadlineMs: 60_000 } });
    service = await openSandpiper({
      models: repository.path,
      cacheDir: repository.path,
      guestThreads: 2,
      logLevel: 'silent',
      // Some stay inside one operator for many seconds on a slow machine, of which runs.test.ts has tests.
      limits: { graphLoadMs: 1_000, stuckRunMs: 600_000 },
    });
  });
  afterAll(async () => {
    await service.close();
    await repository[Symbol.asyncDispose]();
  });

  it.each(graphs)('%s', async (_, make) => {
    const { bytes, refusedBy } = make();
    await repository.put('hostile', 1, bytes);
    const loading = { over: false };
    const [ended] = await Promise.all([
      service
        .loadModel('hostile')
        .then(() => undefined, thrown)
        .finally(() => (loading.over = true)),
      (async () => {
        do await expectSum(service);
        while (!loading.over);
      })(),
    ]);
    if (ended === undefined) {
      expect(refusedBy).toBe('any');
      await service.unloadModel('hostile');
    } else {
      // A graph that loads is run once on zeros, which may be where it asks for gigabytes.
      expect(refusedBy === 'any' ? ['invalid-model', 'deadline-exceeded'] : ['invalid-model']).toContain(
        ended.code,
      );
      expect(ended.message).toMatch(words[refusedBy]);
    }
  });
});

test('A graph of a great many nodes holds nothing up while it is read', async () => {
  await using repository = await graphRepository();
  await repository.put('add', 1, addModel('FLOAT', [1]));
  await using service = await openSandpiper({
    models: repository.path,
    logLevel: 'silent',
    limits: { graphLoadMs: 100 },
  });
  await repository.put('nodes', 1, chainOf(240_000));
  const loading = async (): Promise<unknown> => service.loadModel('nodes').catch(thrown);
  expect(await longestTurnMs(loading)).toBeLessThan(250);
});

/** As many nodes, one after the other. */
function chainOf(length: number): Uint8Array {
  const names = Array.from({ length: length + 1 }, (_, at) => `n${at}`);
  return onnxModel({
    inputs: [{ name: 'n0', type: 'FLOAT', dims: [1] }],
    outputs: [{ name: `n${length}`, type: 'FLOAT' }],
    nodes: names.slice(1).map((name, at) => ({ op: 'Neg', inputs: [`n${at}`], outputs: [name] })),
  });
}

function thrown(error: unknown): SandpiperError {
  if (error instanceof SandpiperError) return error;
  throw error;
}

function indexOf(result: Result): number {
  expect(result).toMatchObject({ outcome: 'value' });
  const [prediction] = result.value as { index: number }[];
  return prediction?.index ?? Number.NaN;
}

async function expectSum(service: Sandpiper): Promise<void> {
  const tensor = (name: string, value: number) => ({
    name,
    datatype: 'FP32' as const,
    shape: [1],
    data: new Uint8Array(Float32Array.of(value).buffer),
  });
  const { outputs } = await service.infer('add', [tensor('x', 40), tensor('w', 2)]);
  expect(outputs).toMatchObject([{ data: new Uint8Array(Float32Array.of(42).buffer) }]);
}
