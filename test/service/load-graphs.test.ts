import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { openSandpiper, type SandpiperError } from '../../src/index.ts';
import { graphRepository } from '../support/graph-models.ts';
import { identityModel } from '../support/onnx-models.ts';

const LABELS = ['cat', 'dog', 'owl'];

describe('Labels', () => {
  test('belong to the output with a score for each', async () => {
    await using labelled = await graphRepository();
    const text = Buffer.from(`${LABELS.join('\n')}\n`);
    await mkdir(`${labelled.path}/scored/1`, { recursive: true });
    await writeFile(`${labelled.path}/scored/1/labels.txt`, text);
    await labelled.put('scored', 1, identityModel('FLOAT', ['batch', 3]), {
      labels: { file: 'labels.txt', sha256: createHash('sha256').update(text).digest('hex') },
    });
    await using own = await openSandpiper({
      models: labelled.path,
      cacheDir: labelled.path,
      concurrentRuns: 1,
      guestThreads: 1,
      logLevel: 'silent',
    });
    expect(own.describeModel('scored').labels).toEqual(new Map([['y', LABELS]]));
  });
});

describe('A graph that cannot be served is refused at the start', () => {
  const open = async (graph: Uint8Array, manifest?: object): Promise<string> => {
    await using refused = await graphRepository();
    await refused.put('refused', 1, graph, manifest);
    const settings = {
      models: refused.path,
      cacheDir: refused.path,
      concurrentRuns: 1,
      guestThreads: 1,
      logLevel: 'silent',
    } as const;
    // The folder goes with this function.
    return await openSandpiper(settings).then(
      async (opened) => opened.close().then(() => 'it was served'),
      (error: unknown) => `${(error as SandpiperError).code}: ${String(error)}`,
    );
  };

  test.each<[string, Uint8Array, object | undefined, string]>([
    [
      'of a type that no tensor has',
      identityModel('COMPLEX64', ['n']),
      undefined,
      'Cannot load the graph of model refused@1: Input "x" is COMPLEX64, which no tensor of a client can carry.',
    ],
    [
      'that is none',
      Buffer.from('<!doctype html>'),
      undefined,
      'Cannot load the graph of model refused@1: The file is a web page, not an ONNX model.',
    ],
    [
      'that is not the one that was meant',
      identityModel('FLOAT', ['n']),
      { graph: { file: 'model.onnx', sha256: '0'.repeat(64) } },
      'model.onnx is damaged or was replaced',
    ],
    [
      'whose input is over its own limit',
      identityModel('FLOAT', [1_000, 1_000]),
      { limits: { tensorBytes: 3_000_000 } },
      "Cannot serve model refused: Input 'x' takes 4000000 bytes, over the limit tensorBytes of 3000000.",
    ],
    [
      'whose input has more dimensions than a tensor',
      identityModel('FLOAT', Array<number>(100).fill(1)),
      undefined,
      "invalid-model: SandpiperError: Cannot serve model refused: Input 'x' has 100 dimensions, and a tensor has at most 64.",
    ],
    [
      'with what only components have',
      identityModel('FLOAT', ['n']),
      { grants: {} },
      'in model.json, there is no key "grants": possible are $schema, task, graph, ',
    ],
    [
      'with a task that is none',
      identityModel('FLOAT', ['n']),
      { task: 'guessing' },
      'task is "guessing": expected one of "speech-transcription", "prediction", ',
    ],
  ])('%s', async (_, graph, manifest, message) => {
    expect(await open(graph, manifest)).toContain(message);
  });
});
