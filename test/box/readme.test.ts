/** What README.md shows, on a box: lines for a shell against a service that was started, and programs. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasCurl } from '../support/has-curl.ts';
import { built } from '../support/built.ts';
import { startCli, startServing, type RunningCli } from '../support/cli.ts';
import { imageModel, readSample, usualModels } from '../support/models.ts';
import { codeBlocks, repository } from '../support/readme.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);

const curl = hasCurl() ? describe : describe.skip;

curl('The curl lines of README.md (skipped where there is no curl)', () => {
  let server: RunningCli & { url: string };
  beforeAll(async () => {
    server = await startServing(['--models', usualModels()]);
  });
  afterAll(() => server[Symbol.dispose]());

  async function shown(path: string): Promise<string> {
    const line = (await codeBlocks('README.md', 'sh')).find(
      (code) => code.startsWith('curl ') && code.includes(path),
    );
    const [program, ...args] = (line ?? '')
      .replaceAll('http://127.0.0.1:8080', server.url)
      .trim()
      .split(/\s+/);
    expect(program).toBe('curl');
    const { stdout } = await run('curl', ['--silent', ...args], { cwd: repository });
    return stdout;
  }

  test('a photo to labels with scores', async () => {
    const { expect: label } = await readSample(imageModel);
    expect(JSON.parse(await shown(`/models/${imageModel}`))).toEqual(
      expect.arrayContaining([{ label, score: expect.any(Number) }]),
    );
  });

  test('a sound file to text', async () => {
    expect(JSON.parse(await shown('/v1/audio/transcriptions'))).toMatchObject({
      text: expect.stringMatching(/\w+ \w+/),
    });
  });

  test('the same while it is decoded', async () => {
    const events = (await shown('stream=true')).trim().split('\n\n');
    expect(events.length).toBeGreaterThan(3);
    expect(events[0]).toMatch(/^data: \{"type":"transcript.text.delta"/);
    expect(events.at(-1)).toBe('data: [DONE]');
  });

  test('are all tried here', async () => {
    const lines = (await codeBlocks('README.md', 'sh')).filter((code) => code.includes('curl'));
    expect(lines).toHaveLength(4);
  });

  test('a key for yourself', async () => {
    await using folder = await temporaryFolder('sandpiper-readme-');
    const block = (await codeBlocks('README.md', 'sh')).find((code) => code.includes('--keys')) ?? '';
    const [key, file, start, ask, ...rest] = block.split('\n');
    expect([start, ...rest]).toEqual(['npm start -- --keys keys.json &', '']);
    const shell = async (lines: (string | undefined)[], env = {}) =>
      (await run('sh', ['-c', lines.join('\n')], { cwd: folder.path, env: { ...process.env, ...env } }))
        .stdout;
    const KEY = (await shell([key, file, 'printf %s "$KEY"'])).trim();
    using keyed = await startServing(['--models', usualModels(), '--keys', join(folder.path, 'keys.json')]);
    const line = ask?.replace('http://127.0.0.1:8080', keyed.url).replace('curl', 'curl --silent');
    expect(JSON.parse(await shell([line], { KEY }))).toMatchObject({ object: 'list' });
    expect(JSON.parse(await shell([line], { KEY: 'another' }))).toMatchObject({
      error: { code: 'invalid_api_key' },
    });
  });
});

/** As an installed package would be found; what is packed has a test of its own. */
const INSTALLED = ((): string[] => {
  const urls = {
    sandpiper: pathToFileURL(built('src/index.ts')).href,
    express: import.meta.resolve('express'),
  };
  const hook = `import { registerHooks } from 'node:module';
    const urls = ${JSON.stringify(urls)};
    registerHooks({ resolve: (name, context, next) =>
      Object.hasOwn(urls, name) && !context.parentURL.includes('node_modules')
        ? next(urls[name], context)
        : next(name, context) });`;
  return ['--import', `data:text/javascript,${encodeURIComponent(hook)}`];
})();

test('The server of README.md answers under its path', async () => {
  await using folder = await temporaryFolder('sandpiper-readme-');
  const program = join(folder.path, 'server.mts');
  const code = (await codeBlocks('README.md', 'ts')).find((block) => block.includes('createHandler')) ?? '';
  const listening = 'app.listen(8081, ';
  expect(code).toContain(listening);
  // A free port, which it tells.
  const told = code.replace(
    /app\.listen\(8081, (.*)\);/,
    'const s = app.listen(0, $1, () => console.log("port", s.address().port));',
  );
  await writeFile(program, told);
  using cli = startCli([], { script: program, nodeOptions: INSTALLED, cwd: repository });
  const port = (await cli.line(/^port \d+/)).slice('port '.length);
  const { bytes, expect: label } = await readSample(imageModel);
  const url = `http://127.0.0.1:${port}/ai/models/${imageModel}`;
  const answer = await fetch(url, { method: 'POST', body: bytes });
  expect(await answer.json()).toEqual(expect.arrayContaining([{ label, score: expect.any(Number) }]));
});

// The program of README.md is run by the test of the package, as an installed one.

test('The live sound of README.md is told as it comes', async () => {
  await using folder = await temporaryFolder('sandpiper-readme-');
  const program = join(folder.path, 'live.mts');
  const code = (await codeBlocks('README.md', 'ts')).find((block) => block.includes('transcribeLive')) ?? '';
  await writeFile(program, code);
  const { stdout } = await run(process.execPath, [...INSTALLED, program], { cwd: repository });
  expect(stdout).toMatch(/kind: 'words'[^]*kind: 'turn'/);
  expect(stdout.toLowerCase()).toContain('ever failed');
});
