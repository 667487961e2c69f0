/**
 * The speech component with a decoder that says what a test has written down: graphs of the same inputs and outputs as
 * Moonshine's, small enough to be read. The voice detector is the real one.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onnxModel } from './onnx-builder.ts';
import { modelsDir, readSample, speechModel } from './models.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A token and the frame of the sound, 24 ms each, that the decoder listens to while it says it. */
export type Line = readonly [token: string, frame: number];

export interface Script {
  /** Seconds of sound up to which this is said, and not by an earlier script. */
  upTo: number;
  lines: readonly Line[];
}

const MARKS = ['<unk>', '<s>', '</s>'];
const END = 2;
const SAMPLE_RATE = 16_000;

/** A directory of models with the one model `scripted`, which says `expect` of its sample. */
export async function scriptedTranscriber(
  scripts: readonly Script[],
  expect: string,
): Promise<{ path: string } & AsyncDisposable> {
  const vocabulary = [
    ...new Set([...MARKS, ...scripts.flatMap(({ lines }) => lines.map(([token]) => token))]),
  ];
  const sample = (await readSample(speechModel)).bytes;
  const files = {
    'encoder.onnx': encoder(),
    'decoder.onnx': decoder(scripts, vocabulary),
    'vad.onnx': await readFile(join(modelsDir, speechModel, '1', 'vad.onnx')),
    'vocabulary.txt': Buffer.from(vocabulary.map((token) => `${token}\n`).join('')),
    'sample.wav': sample,
  };
  const named = (file: keyof typeof files): object => ({
    file,
    sha256: createHash('sha256').update(files[file]).digest('hex'),
  });
  const folder = await temporaryFolder('sandpiper-scripted-');
  const model = join(folder.path, 'scripted', '1');
  await mkdir(model, { recursive: true });
  for (const [file, bytes] of Object.entries(files)) await writeFile(join(model, file), bytes);
  const manifest = {
    task: 'speech-transcription',
    component: { builtin: 'speech-transcriber' },
    graphs: { encoder: named('encoder.onnx'), decoder: named('decoder.onnx'), vad: named('vad.onnx') },
    assets: { 'vocabulary.txt': named('vocabulary.txt') },
    config: { layers: '1', heads: '1', 'head-size': '1' },
    grants: { logging: true },
    sample: { ...named('sample.wav'), expect },
    licence: 'Apache-2.0',
    source: 'made by a test',
  };
  await writeFile(join(model, 'model.json'), JSON.stringify(manifest));
  return folder;
}

const heard = ['heard.0.key', 'heard.0.value'].map(
  (name) => ({ name, type: 'FLOAT', dims: [1, 1, 1, 1] }) as const,
);

/** How long the sound is, for the decoder to choose its script by. */
function encoder(): Uint8Array<ArrayBuffer> {
  return onnxModel({
    opset: 17,
    irVersion: 8,
    inputs: [{ name: 'input_values', type: 'FLOAT', dims: [1, 'samples'] }],
    outputs: heard,
    nodes: [
      { op: 'Shape', inputs: ['input_values'], outputs: ['shape'], attributes: { start: { int: 1 } } },
      { op: 'Cast', inputs: ['shape'], outputs: ['length'], attributes: { to: { int: 1 } } },
      ...heard.map(({ name }) => ({ op: 'Reshape', inputs: ['length', 'one'], outputs: [name] })),
    ],
    initializers: [{ name: 'one', type: 'INT64', dims: [4], data: BigInt64Array.of(1n, 1n, 1n, 1n) }],
  });
}

/** Looks token and frame up in two tables, by the script's number and the number of tokens before. */
function decoder(scripts: readonly Script[], vocabulary: readonly string[]): Uint8Array<ArrayBuffer> {
  const steps = Math.max(...scripts.map(({ lines }) => lines.length)) + 1;
  const table = (name: string, of: (line: Line | undefined) => number) => ({
    name,
    type: 'INT64' as const,
    dims: [scripts.length, steps],
    data: BigInt64Array.from(
      scripts.flatMap(({ lines }) => Array.from({ length: steps }, (_, step) => BigInt(of(lines[step])))),
    ),
  });
  const integers = (name: string, values: readonly number[], dims = [values.length]) => ({
    name,
    type: 'INT64' as const,
    dims,
    data: BigInt64Array.from(values, BigInt),
  });
  const floats = (name: string, values: readonly number[], dims: readonly number[]) => ({
    name,
    type: 'FLOAT' as const,
    dims,
    data: Float32Array.from(values),
  });
  const limits = scripts.slice(0, -1).map(({ upTo }) => upTo * SAMPLE_RATE);
  return onnxModel({
    opset: 17,
    irVersion: 8,
    inputs: [
      { name: 'input_ids', type: 'INT64', dims: [1, 1] },
      { name: 'past', type: 'FLOAT', dims: [2, 1, 'tokens', 1] },
      ...heard,
    ],
    outputs: [
      { name: 'logits', type: 'FLOAT', dims: [1, 1, vocabulary.length] },
      { name: 'present', type: 'FLOAT', dims: [2, 1, 'tokens + 1', 1] },
      { name: 'frame', type: 'INT64', dims: [1, 1] },
    ],
    nodes: [
      {
        op: 'Shape',
        inputs: ['past'],
        outputs: ['step'],
        attributes: { start: { int: 2 }, end: { int: 3 } },
      },
      { op: 'Reshape', inputs: ['heard.0.key', 'flat'], outputs: ['length'] },
      { op: 'Greater', inputs: ['length', 'limits'], outputs: ['longer'] },
      { op: 'Cast', inputs: ['longer'], outputs: ['over'], attributes: { to: { int: 7 } } },
      { op: 'ReduceSum', inputs: ['over', 'axis'], outputs: ['script'] },
      { op: 'Concat', inputs: ['script', 'step'], outputs: ['place'], attributes: { axis: { int: 0 } } },
      { op: 'GatherND', inputs: ['tokens', 'place'], outputs: ['token'] },
      { op: 'GatherND', inputs: ['frames', 'place'], outputs: ['at'] },
      { op: 'Reshape', inputs: ['at', 'matrix'], outputs: ['frame'] },
      { op: 'Reshape', inputs: ['token', 'matrix'], outputs: ['chosen'] },
      { op: 'OneHot', inputs: ['chosen', 'size', 'offOn'], outputs: ['logits'] },
      { op: 'Concat', inputs: ['past', 'nothing'], outputs: ['present'], attributes: { axis: { int: 2 } } },
    ],
    initializers: [
      table('tokens', (line) => (line === undefined ? END : vocabulary.indexOf(line[0]))),
      table('frames', (line) => line?.[1] ?? 0),
      floats('limits', limits, [limits.length]),
      floats('offOn', [0, 20], [2]),
      floats('nothing', [0, 0], [2, 1, 1, 1]),
      integers('flat', [1]),
      integers('axis', [0]),
      integers('matrix', [1, 1]),
      integers('size', [vocabulary.length], []),
    ],
  });
}
