import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { catalogue } from '../../components/catalogue.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { link, packInto } from '../support/package.ts';
import { nodeExample, repository } from '../support/readme.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const execute = promisify(execFile);

const OF_PLATFORM = Object.keys(packageJson.optionalDependencies).filter((name) =>
  name.endsWith(`-${process.platform}-${process.arch}`),
);
const INSTALLED = [...Object.keys(packageJson.dependencies), ...OF_PLATFORM, '@types/node'];

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

// A machine with other work needs minutes for what takes an idle one ten seconds: the limit is there to end a hang.
describe('The package, made by `npm pack`', { timeout: 600_000 }, () => {
  test('has what a program and a new component need and no more, and runs and type-checks the program of README.md', async () => {
    await using folder = await temporaryFolder('sandpiper-pack-');
    const program = join(folder.path, 'program');
    const installed = join(program, 'node_modules', 'sandpiper');

    const { archive, files } = await packInto(join(folder.path, 'source'), 'what is built');
    expect(files).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'deploy/package/trim.js']),
    );
    const rest = files.filter(
      (file) =>
        !/^(dist|components\/(build|examples\/[a-z-]+|sdk)|models|src\/http\/page\/files|wit)\/|^[A-Zp][\w.]*$|^deploy\/package\/trim\.js$/.test(
          file,
        ),
    );
    expect(rest).toEqual([]);
    for (const { name } of catalogue) expect(files).toContain(`components/build/${name}.wasm`);

    // As npm would install it; that it does is another test's.
    await mkdir(installed, { recursive: true });
    await execute('tar', ['-xzf', archive, '-C', installed, '--strip-components=1']);
    for (const name of INSTALLED) await link(join('node_modules', name), join(program, 'node_modules', name));
    await link('models', join(program, 'models'));

    const inProgram = async (...args: string[]) =>
      (await execute(process.execPath, args, { cwd: program })).stdout;
    const command = join(installed, packageJson.bin.sandpiper);
    expect(await inProgram(command, '--version')).toBe(`${packageJson.version}\n`);

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
  });
});
