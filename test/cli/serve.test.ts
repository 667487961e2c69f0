import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { runCli, startCli, startServing, type RunningCli } from '../support/cli.ts';
import { longSpeech } from '../support/long-speech.ts';
import { imageModel, modelsDir, readSample, speechModel } from '../support/models.ts';

const running: RunningCli[] = [];
afterEach(() => {
  for (const cli of running.splice(0)) cli[Symbol.dispose]();
});

function keep<Cli extends RunningCli>(cli: Cli): Cli {
  running.push(cli);
  return cli;
}

describe('when it is ready', () => {
  test('it says where, what each model made of its sample, and a line to copy that works', async () => {
    const cli = keep(startCli(['--port', '0', '--models', modelsDir]));
    const line = await cli.line(/^Try it: /);
    cli.process.kill('SIGTERM');
    const { stdout, code } = await cli.result;
    expect(code).toBe(0);
    const [first, ...rest] = stdout.split('\n').filter((text) => text !== '');
    expect(first).toMatch(/^Sandpiper is ready on http:\/\/127\.0\.0\.1:\d+ after [\d.]+ s\.$/);
    const photo = await readSample(imageModel);
    expect(rest[0]).toMatch(/^ {2}model +sample +answer +ms$/);
    expect(rest[1]).toMatch(new RegExp(`^  ${imageModel} +${photo.file} +.*${photo.expect}.* \\d+$`));
    expect(rest[2]).toMatch(new RegExp(`^  ${speechModel} +\\S+ +\\w+ \\w+.* \\d+$`));
    expect(line).toMatch(/^Try it: curl --data-binary @\S+ http:\/\/127\.0\.0\.1:\d+\/models\/\S+$/);
    expect(stdout).not.toContain('\u001b');
  });

  test('--json says the same for a program, in one line', async () => {
    const cli = keep(await startServing(['--models', modelsDir]));
    cli.process.kill('SIGTERM');
    const { stdout } = await cli.result;
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toEqual({
      event: 'ready',
      url: cli.url,
      startMs: expect.any(Number),
      samples: [
        { model: imageModel, sample: expect.any(String), answer: expect.any(String), ms: expect.any(Number) },
        {
          model: speechModel,
          sample: expect.any(String),
          answer: expect.any(String),
          ms: expect.any(Number),
        },
      ],
    });
  });

  test('settings come from the environment where no flag says otherwise', async () => {
    const env = { SANDPIPER_MODELS: modelsDir, SANDPIPER_PORT: 'never used', SANDPIPER_LOG_LEVEL: 'silent' };
    const cli = keep(await startServing([], { env }));
    await fetch(`${cli.url}/v1/models`);
    cli.process.kill('SIGTERM');
    expect(await cli.result).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('when it is told to stop', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s while idle ends it with exit code 0', async (signal) => {
    const cli = keep(await startServing(['--models', modelsDir]));
    // A connection that is kept open and idle must not hold it.
    await (await fetch(`${cli.url}/v2/health/live`)).text();
    cli.process.kill(signal);
    expect(await cli.result).toMatchObject({ code: 0, signal: null });
  });

  test('SIGTERM in the middle of a run lets it finish, is not ready meanwhile, and ends with exit code 0', async () => {
    const cli = keep(await startServing(['--models', modelsDir]));
    const answer = fetch(`${cli.url}/models/${speechModel}`, {
      method: 'POST',
      body: await longSpeech(5),
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    cli.process.kill('SIGTERM');
    await expect
      .poll(async () => (await fetch(`${cli.url}/v2/health/ready`)).status, { interval: 20 })
      .toBe(503);
    expect((await answer).status).toBe(200);
    expect(await (await answer).json()).toEqual({ text: expect.stringMatching(/\w+ \w+/) });
    expect(await cli.result).toMatchObject({ code: 0, signal: null });
  });

  test('work that outlasts the grace is given up, and it still ends with exit code 0', async () => {
    const cli = keep(await startServing(['--models', modelsDir, '--grace-ms', '300']));
    const answer = fetch(`${cli.url}/models/${speechModel}`, {
      method: 'POST',
      body: await longSpeech(60),
    }).then(
      ({ status }) => status,
      () => 'no answer',
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    const started = performance.now();
    cli.process.kill('SIGTERM');
    expect(await cli.result).toMatchObject({ code: 0, signal: null });
    expect(performance.now() - started).toBeLessThan(8_000);
    expect([503, 504, 'no answer']).toContain(await answer);
  });

  test('a second signal ends it at once', async () => {
    const cli = keep(await startServing(['--models', modelsDir]));
    fetch(`${cli.url}/models/${speechModel}`, {
      method: 'POST',
      body: await longSpeech(60),
    }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 500));
    cli.process.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 200));
    cli.process.kill('SIGTERM');
    expect(await cli.result).toMatchObject({ code: null, signal: 'SIGKILL' });
  });

  test('SIGTERM while it still loads ends it with exit code 0', async () => {
    const port = String(await freePort());
    const cli = keep(startCli(['--port', port, '--models', modelsDir]));
    // It listens before it loads, so that it can be asked.
    const ready = async (): Promise<unknown> =>
      fetch(`http://127.0.0.1:${port}/v2/health/ready`).then(
        ({ status }) => status,
        () => 'not yet',
      );
    await expect.poll(ready, { timeout: 20_000, interval: 5 }).toBe(503);
    cli.process.kill('SIGTERM');
    expect(await cli.result).toMatchObject({ code: 0, signal: null });
  });
});

test('--help names every flag with its variable, and --version the version', async () => {
  const help = await runCli(['serve', '--help']);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  for (const name of ['--host', 'SANDPIPER_PORT', '--models', '--upload-bytes', '--grace-ms', '--json']) {
    expect(help.stdout).toContain(name);
  }
  expect(await runCli(['--version'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
