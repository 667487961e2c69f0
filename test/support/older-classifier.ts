/** A model folder whose component speaks an older release of wasi:nn (test/guests/older-classifier). */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import sharp from 'sharp';
import type { NnVersion } from '../../src/nn/wit-versions.ts';
import { onnxModel } from './onnx-builder.ts';

const root = join(import.meta.dirname, '..', '..');

/** Bytes of a picture of 2 x 2 pixels, each a class of its own. */
export const CLASSES = 12;

export async function buildOlderClassifier(version: NnVersion): Promise<Uint8Array> {
  const text = await readFile(join(root, 'test/guests/older-classifier/guest.wat'), 'utf8');
  const binary = await parse(text.replaceAll('RELEASE', version));
  return componentNew(
    await componentEmbed({ binary, witSource: await olderContract(version), world: 'older' }),
  );
}

/** The contract as an author of the time would have it: with the older release wherever it names wasi:nn's. */
async function olderContract(version: NnVersion): Promise<string> {
  const read = async (path: string) => readFile(join(root, 'wit', path), 'utf8');
  const [failures, facts, classifier, nn] = await Promise.all([
    read('failures.wit'),
    read('graph-facts.wit'),
    read('image-classifier.wit'),
    read(`older-nn/wasi-nn-${version.slice('0.2.0-rc-'.length)}.wit`),
  ]);
  const [interfaces = ''] = classifier.split(/^world /m);
  const imports = ['tensor', 'graph', 'inference', 'errors'].map(
    (name) => `import wasi:nn/${name}@${version};`,
  );
  return [
    failures.replaceAll('0.2.0-rc-2024-10-28', version),
    facts.replaceAll('0.2.0-rc-2024-10-28', version).replace(/^package .*$/m, ''),
    interfaces.replace(/^package .*$/m, ''),
    `world older { ${imports.join(' ')} import graph-facts; export image-classification; }`,
    nn.replace(/^package ([^;]+);$/m, 'package $1 {'),
    '}',
  ].join('\n');
}

/** A picture whose bytes are all 0 but this one, which is 4. */
export async function pictureOf(index: number): Promise<Buffer<ArrayBuffer>> {
  const pixels = Uint8Array.from({ length: CLASSES }, (_, i) => (i === index ? 4 : 0));
  const png = await sharp(pixels, { raw: { width: 2, height: 2, channels: 3 } })
    .png()
    .toBuffer();
  return Buffer.from(png);
}

/** The graph's output for that byte: its share of a softmax. */
export const SHARE = Math.exp(4) / (Math.exp(4) + CLASSES - 1);

export async function writeOlderModel(folder: string, component: Uint8Array): Promise<void> {
  const files = {
    'component.wasm': component,
    'model.onnx': onnxModel({
      inputs: [{ name: 'x', type: 'FLOAT', dims: [CLASSES] }],
      outputs: [{ name: 'y', type: 'FLOAT', dims: [CLASSES] }],
      nodes: [{ op: 'Softmax', inputs: ['x'], outputs: ['y'], attributes: { axis: { int: 0 } } }],
    }),
    'labels.txt': Buffer.from(Array.from({ length: CLASSES }, (_, i) => `byte ${i}`).join('\n')),
    'sample.png': await pictureOf(0),
  };
  const named = (file: keyof typeof files) => ({
    file,
    sha256: createHash('sha256').update(files[file]).digest('hex'),
  });
  const manifest = {
    task: 'image-classification',
    component: named('component.wasm'),
    graphs: { model: named('model.onnx') },
    labels: named('labels.txt'),
    sample: { ...named('sample.png'), expect: 'byte 0' },
    licence: 'Apache-2.0',
    source: 'made by a test',
  };
  await mkdir(folder, { recursive: true });
  for (const [file, bytes] of Object.entries(files)) await writeFile(join(folder, file), bytes);
  await writeFile(join(folder, 'model.json'), JSON.stringify(manifest));
}
