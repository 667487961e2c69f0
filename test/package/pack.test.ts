import { execFile } from 'node:child_process';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { nodeExample, repository } from '../support/readme.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const execute = promisify(execFile);

/** What a package is made from. */
const SOURCES = [
  'src',
  'wit',
  'components',
  'models',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'README.md',
  'LICENSE',
];

const INSTALLED = [...Object.keys(packageJson.dependencies), '@types/node', 'assemblyscript'];

const TSCONFIG = {
  compilerOptions: {
    target: 'esnext',
    lib: ['esnext'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
  },
  files: ['example.ts'],
};

describe('The package, made by `npm pack` and installed', () => {
  test('has what a program and a new component need and no more, and runs and type-checks the program of README.md', async () => {
    await using folder = await temporaryFolder('sandpiper-pack-');
    const source = join(folder.path, 'source');
    const program = join(folder.path, 'program');
    const installed = join(program, 'node_modules', 'sandpiper');
    await copySources(source);

    const { archive, files } = await pack(source);
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
    const rest = files.filter(
      (file) =>
        !/^(dist|components\/(build|examples\/[a-z]+-[a-z]+|sdk)|models|wit)\/|^[A-Zp][\w.]*$/.test(file),
    );
    expect(rest).toEqual([]);
    expect(files).toContain('components/build/image-classifier.wasm');
    expect(files).toContain('components/build/speech-transcriber.wasm');

    await mkdir(installed, { recursive: true });
    await execute('tar', ['-xzf', archive, '-C', installed, '--strip-components=1']);
    for (const name of INSTALLED) await link(join('node_modules', name), join(program, 'node_modules', name));
    await link('models', join(program, 'models'));

    const command = join(installed, packageJson.bin.sandpiper);
    const inProgram = async (...args: string[]) =>
      (await execute(process.execPath, args, { cwd: program })).stdout;
    expect(await inProgram(command, '--version')).toBe(`${packageJson.version}\n`);

    await inProgram(command, 'new', 'my-model', '--lang', 'assemblyscript');
    await execute(process.execPath, ['build.js'], { cwd: join(program, 'my-model') });
    const checked = await inProgram(command, 'check', 'my-model/models/my-model/1');
    expect(checked).toMatch(/^check\t.*\tpassed$/m);

    await writeFile(join(program, 'package.json'), JSON.stringify({ type: 'module' }));
    await writeFile(join(program, 'example.ts'), await nodeExample());
    await writeFile(join(program, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    const output = await inProgram('example.ts');
    expect(output).toContain('espresso');
    expect(output).toMatch(/tried/);

    const compiler = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
    // It says what is wrong on standard output.
    const complaints = await inProgram(compiler, '--pretty', 'false').catch(
      (error: unknown) => (error as { stdout: string }).stdout,
    );
    expect(complaints).toBe('');
  }, 120_000);
});

/** A checkout of its own, so that building in it disturbs nobody who uses this one. */
async function copySources(source: string): Promise<void> {
  await mkdir(source);
  const isBuilt = join(repository, 'components', 'build');
  for (const name of SOURCES) {
    await cp(join(repository, name), join(source, name), {
      recursive: true,
      filter: (path) => path !== isBuilt,
    });
  }
  await link('node_modules', join(source, 'node_modules'));
}

async function pack(source: string): Promise<{ archive: string; files: string[] }> {
  const { stdout } = await execute('npm', ['pack', '--silent', '--offline'], {
    cwd: source,
    shell: process.platform === 'win32',
  });
  const archive = join(source, stdout.trim().split('\n').at(-1) ?? '');
  const listed = await execute('tar', ['-tzf', archive]);
  const files = listed.stdout.split('\n').flatMap((line) => {
    const file = line.replace(/^package\//, '').trim();
    return file === '' || file.endsWith('/') ? [] : [file];
  });
  return { archive, files };
}

async function link(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await symlink(join(repository, from), to, 'junction');
}
