/** A build that cannot go on says why in a sentence, with what to do on this system, and shows no stack. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { runCli } from '../support/cli.ts';
import { repository } from '../support/readme.ts';
import { distributionOf } from '../../src/toolkit/distribution.ts';

// Inside the repository, so that builds find the packages that a project would install.
let folder: string;
beforeAll(async () => {
  await mkdir(join(repository, '.cache'), { recursive: true });
  folder = await mkdtemp(join(repository, '.cache', 'build-'));
});
// A generator that generates nothing, so that what comes after it is missed.
beforeAll(async () => {
  await mkdir(join(folder, 'generators'));
  const script = '#!/bin/sh\n/bin/mkdir -p bindings\n';
  await writeFile(join(folder, 'generators', 'wit-bindgen'), script, { mode: 0o755 });
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

async function build(example: string, env: Record<string, string>) {
  const project = join(folder, example);
  await cp(join(repository, 'components/examples/image-classification', example), project, {
    recursive: true,
  });
  return runCli([], {
    script: join(project, 'build.js'),
    nodeOptions: ['--conditions=source'],
    cwd: project,
    env,
  });
}

test.each([
  ['c', 'wit-bindgen', '/nowhere'],
  ['go', 'wit-bindgen', '/nowhere'],
  ['c', 'clang', 'generators'],
  ['go', 'go', 'generators'],
  ['python', 'python3', '/nowhere'],
])('A project in %s without its %s', async (language, tool, path) => {
  const { code, stderr } = await build(language, { PATH: join(folder, path) });
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(new RegExp(`^${tool} is not installed, and this build needs it: .+\\.\\n$`)),
  ]);
});

// Where Debian's compiler is, that builds without rustup.
test.skipIf(existsSync('/usr/lib/rustlib/src/rust'))("Rustup's Cargo without the target", async () => {
  const tools = join(folder, 'rust-tools');
  await mkdir(tools);
  for (const [name, script] of Object.entries({
    rustup: 'exit 0',
    rustc: 'echo /nowhere',
    cargo: 'exit 101',
  }))
    await writeFile(join(tools, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const { code, stderr } = await build('rust', { PATH: tools });
  expect([code, stderr]).toEqual([
    1,
    'cargo ended with exit code 101; its output is above. If a part of it is missing: rustup target add wasm32-unknown-unknown.\n',
  ]);
});

test('A compiler that fails has its own words above one sentence', async () => {
  const broken = join(folder, 'fails');
  await writeFile(broken, '#!/bin/sh\necho "classifier.c:1: no such thing" >&2\nexit 3\n', { mode: 0o755 });
  const { code, stderr } = await build('c', { PATH: join(folder, 'generators'), CC: broken });
  const [words, sentence, ...rest] = stderr.trimEnd().split('\n');
  expect([code, words, rest]).toEqual([1, 'classifier.c:1: no such thing', []]);
  expect(sentence).toMatch(/fails ended with exit code 3; its output is above\. .+\.$/);
});

test.each([
  ['linux', 'ID=debian\nVERSION_ID="12"\n', 'debian'],
  ['linux', 'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', 'debian'],
  ['linux', 'ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'fedora'],
  ['linux', 'ID=alpine\n', 'alpine'],
  ['linux', 'ID=manjaro\nID_LIKE=arch\n', 'arch'],
  ['linux', 'ID=nixos\n', undefined],
  ['linux', '', undefined],
  ['darwin', '', 'macos'],
] as const)('The system of %s with %j is %s', (platform, osRelease, expected) => {
  expect(distributionOf(platform, osRelease)).toBe(expected);
});
