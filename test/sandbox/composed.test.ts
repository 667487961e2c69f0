import { createHash } from 'node:crypto';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { MODEL_LIMITS, SERVICE_LIMITS } from '../../src/config/limits.ts';
import { check, openSandpiper } from '../../src/index.ts';
import { compileComponent } from '../../src/sandbox/component/compile-component.ts';
import { ComponentCache } from '../../src/sandbox/component/component-cache.ts';
import { buildComposedClassifier } from '../support/composed-guest.ts';
import { copyModels, imageModel, modelsDir, readSample } from '../support/models.ts';

const guests = join(import.meta.dirname, '..', 'guests');

let composed: Uint8Array;
beforeAll(async () => {
  composed = await buildComposedClassifier();
});

/** The picture model as it is, beside the same model with the composed component in place of its own. */
async function bothModels(limits: Record<string, number> = {}): Promise<{ path: string } & AsyncDisposable> {
  const models = await copyModels([imageModel], (manifest) => {
    const sha256 = createHash('sha256').update(composed).digest('hex');
    Object.assign(manifest, { component: { file: 'composed.wasm', sha256 }, config: {}, limits });
  });
  await cp(join(models.path, imageModel), join(models.path, 'composed'), { recursive: true });
  await writeFile(join(models.path, 'composed', '1', 'composed.wasm'), composed);
  await cp(join(modelsDir, imageModel), join(models.path, imageModel), { recursive: true });
  return models;
}

/** A component that echoes text, composed with one that has the text echoed, each with an encoding of its own. */
async function compileEcho(inner: string, outer: string): Promise<unknown> {
  const text = await readFile(join(guests, 'composed-echo', 'composition.wat'), 'utf8');
  const bytes = await parse(text.replaceAll('inner-encoding', inner).replaceAll('outer-encoding', outer));
  const cache = new ComponentCache(undefined);
  return compileComponent(bytes, { name: 'echo', cache, limits: SERVICE_LIMITS, caps: MODEL_LIMITS });
}

describe('Text between two composed components', () => {
  test.each([
    ['utf8', 'utf8'],
    ['utf8', 'utf16'],
    ['utf16', 'utf8'],
  ])('passes from %s to %s', async (inner, outer) => {
    await expect(compileEcho(inner, outer)).resolves.toMatchObject({ exports: ['run'] });
  });

  test('of UTF-16 on both sides is refused with a remedy', async () => {
    await expect(compileEcho('utf16', 'utf16')).rejects.toThrow(/the translator gave up.*pass list<u8>/);
  });
});

describe('A component composed of two', () => {
  test('classifies like the plain one', async () => {
    await using models = await bothModels();
    await using sandpiper = await openSandpiper({ models: models.path, logLevel: 'silent' });
    const { bytes } = await readSample(imageModel);
    const upsideDown = sharp(bytes).rotate(180).extract({ left: 0, top: 0, width: 200, height: 160 });
    for (const photo of [bytes, await upsideDown.png().toBuffer()]) {
      const plain = await sandpiper.classify(imageModel, photo);
      const { predictions } = await sandpiper.classify('composed', photo);
      expect(predictions).toEqual(plain.predictions);
    }
  });

  test('has a memory and a table of each half, and imports what both do from the host alone', async () => {
    await using models = await bothModels({ memoryBytes: 8 * 1_048_576 });
    const { passed, component } = await check(join(models.path, 'composed', '1'));
    expect(passed).toBe(true);
    expect(component?.memories).toHaveLength(2);
    expect(component?.imports.map((each) => each.import)).not.toContainEqual(
      expect.stringContaining('preprocessing'),
    );
  });

  test('is refused when its memories together start with more than memoryBytes', async () => {
    await using models = await bothModels({ memoryBytes: 65_536 });
    const { problems } = await check(join(models.path, 'composed', '1'));
    expect(problems).toEqual([
      expect.stringMatching(/start with 131072 bytes, over the limit memoryBytes of 65536/),
    ]);
  });

  // One picture is 150,528 bytes, and 602,112 as FP32. Half of 1 MiB is too little for one of the two,
  // and of the 8 MiB above enough.
  test('shares memoryBytes among its memories', async () => {
    await using small = await bothModels({ memoryBytes: 1_048_576 });
    const { problems, model } = await check(join(small.path, 'composed', '1'));
    expect(problems).toEqual([expect.stringMatching(/component of model composed failed/)]);
    expect(model?.sample.answer).toBeNull();
  });
});
