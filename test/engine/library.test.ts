import { cp, mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTable } from '../../src/engine/backends/onnx/runtime/c-api.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const FILE = { linux: 'libonnxruntime.so.1', darwin: 'libonnxruntime.1.dylib' }[process.platform as string];

test.runIf(FILE !== undefined)(
  'a library that is not there, or is another, is refused in one sentence',
  async () => {
    await using folder = await temporaryFolder('sandpiper-library-');
    const remedy = `install the package onnxruntime-node for ${process.platform}/${process.arch} again.`;
    expect(() => openTable(folder.path)).toThrow(
      expect.objectContaining({ code: 'invalid-config', message: expect.stringContaining(remedy) }),
    );
    await writeFile(join(folder.path, FILE ?? ''), 'no library');
    expect(() => openTable(folder.path)).toThrow(
      /ONNX Runtime cannot be used: its library could not be opened/,
    );
    const other = join(folder.path, 'other');
    await mkdir(other);
    const addon = createRequire(import.meta.url).resolve(
      `@koromix/koffi-${process.platform}-${process.arch}/package.json`,
    );
    await cp(join(addon, '..', `${process.platform}_${process.arch}`, 'koffi.node'), join(other, FILE ?? ''));
    expect(() => openTable(other)).toThrow(/OrtGetApiBase/);
  },
);
