import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runCli, startCli, startServing, type RunningCli } from '../support/cli.ts';
import { pictureTo, writeColourModel } from '../support/colour-models.ts';
import { longSpeech } from '../support/long-speech.ts';
import { imageModel, readSample, speechModel, usualModels } from '../support/models.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// Models that a test does not ask are not loaded: speech takes most of a start.
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
/** A model that does what it is told, which loads in no time. */
let colours: string;
beforeAll(async () => {
  folder = await temporaryFolder('sandpiper-serve-');
  colours = join(folder.path, 'colours');
  await writeColourModel(join(colours, 'red', '1'), { limits: { deadlineMs: 60_000 } });
});
afterAll(async () => folder[Symbol.asyncDispose]());

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
    const cli = keep(startCli(['--port', '0', '--models', usualModels()]));
    const line = await cli.line(/^Try it: /);
    cli.process.kill('SIGTERM');
    const { stdout, code } = await cli.result;
    expect(code).toBe(0);
    const [first, ...rest] = stdout.split('\n').filter((text) => text !== '');
    expect(first).toMatch(/^Sandpiper is ready on http:\/\/127\.0\.0\.1:\d+ after [\d.]+ s\.$/);
    const photo = await readSample(imageModel);
    expect(rest[0]).toMatch(/^ {2}model +sample +answer +ms$/);
    expect(rest[1]).toMatch(new RegExp(`^  ${imageModel} +${photo.file} +.*${photo.expect}.* \\d+$`));
    for (const [index, name] of [imageModel, speechModel].entries())
      expect(rest[index + 1]).toMatch(new RegExp(`^  ${name} +\\S+ +\\S.* \\d+$`));
    expect(line).toMatch(/^Try it: curl --data-binary @\S+ http:\/\/127\.0\.0\.1:\d+\/models\/\S+$/);
    expect(stdout).not.toContain('\u001b');
  });

  test('the line to copy has a key where keys are asked for, and a path that a shell takes', async () => {
    const models = join(folder.path, "an owner's models");
    await symlink(colours, models);
    const keys = JSON.stringify([{ name: 'me', key: 'a-key-of-sixteen' }]);
    const cli = keep(startCli(['--port', '0', '--models', models, '--keys', keys]));
    const [, command = ''] = /^Try it: (.*)$/.exec(await cli.line(/^Try it: /)) ?? [];
    const env = { ...process.env, KEY: 'a-key-of-sixteen' };
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', `${command} --silent`], { env });
    expect(JSON.parse(stdout)).toMatchObject([{ label: 'red' }]);
  });

  test('--json says the same for a program, in one line; settings come from the environment where no flag says otherwise', async () => {
    const env = {
      SANDPIPER_MODELS: colours,
      SANDPIPER_PORT: 'never used',
      SANDPIPER_LOG_LEVEL: 'silent',
    };
    const cli = keep(await startServing([], { env }));
    // A connection that is kept open and idle must not hold it.
    await (await fetch(`${cli.url}/v1/models`)).text();
    cli.process.kill('SIGTERM');
    const { code, stdout, stderr } = await cli.result;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toEqual({
      event: 'ready',
      notServed: [],
      url: cli.url,
      startMs: expect.any(Number),
      samples: [
        {
          model: 'red',
          sample: 'sample.png',
          answer: expect.stringMatching(/red/),
          ms: expect.any(Number),
        },
      ],
    });
  });
});

describe('when it is told to stop', () => {
  // SIGTERM does the same above.
  test('SIGINT while idle ends it with exit code 0', async () => {
    const cli = keep(await startServing(['--models', colours]));
    await (await fetch(`${cli.url}/v2/health/live`)).text();
    cli.process.kill('SIGINT');
    expect(await cli.result).toMatchObject({ code: 0, signal: null });
  });

  test('SIGTERM loses nothing in flight, takes nothing new, and ends with exit code 0', async () => {
    // Longer than a test may take: it must not wait for the grace to end.
    const cli = keep(await startServing(['--models', usualModels(), '--grace-ms', '100000']));
    const [long, short] = await Promise.all([longSpeech(5), longSpeech(1)]);
    const { bytes: photo } = await readSample(imageModel);
    const transcribed = post(cli.url, speechModel, long);
    const form = new FormData();
    for (const [name, value] of Object.entries({ model: speechModel, stream: 'true' })) form.set(name, value);
    form.set('file', new Blob([short]), 'short.wav');
    const stream = fetch(`${cli.url}/v1/audio/transcriptions`, { method: 'POST', body: form });
    await untilPresent(cli.url, speechModel, 2);
    const photos = Array.from({ length: 3 }, async () => post(cli.url, imageModel, photo));
    await untilPresent(cli.url, imageModel, 3);
    cli.process.kill('SIGTERM');

    await expect.poll(async () => statusOf(`${cli.url}/v2/health/ready`), { interval: 5 }).toBe(503);
    expect(await statusOf(`${cli.url}/v2/health/live`)).toBe(200);
    const refused = await post(cli.url, imageModel, photo);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.get('connection')).toBe('close');

    const answer = await transcribed;
    expect(answer.status).toBe(200);
    // Decided when it is answered: it was asked before the signal.
    expect(answer.headers.get('connection')).toBe('close');
    expect(await answer.json()).toEqual({ text: expect.stringMatching(/\w+ \w+/) });
    expect(await (await stream).text()).toMatch(/"type":"transcript\.text\.done".*\n\ndata: \[DONE\]\n\n$/);
    for (const { status } of await Promise.all(photos)) expect(status).toBe(200);
    expect(await cli.result).toMatchObject({ code: 0, signal: null });
  });

  test('work that outlasts the grace is given up, and it still ends with exit code 0', async () => {
    const cli = keep(await startServing(['--models', colours, '--grace-ms', '300']));
    const answer = post(cli.url, 'red', await pictureTo('loop')).then(
      ({ status }) => status,
      () => 'no answer',
    );
    await untilPresent(cli.url, 'red', 1);
    cli.process.kill('SIGTERM');
    expect(await cli.result).toMatchObject({ code: 0, signal: null });
    expect([503, 504, 'no answer']).toContain(await answer);
  });

  test('a second signal ends it at once', async () => {
    const cli = keep(await startServing(['--models', colours]));
    post(cli.url, 'red', await pictureTo('loop')).catch(() => {});
    await untilPresent(cli.url, 'red', 1);
    cli.process.kill('SIGTERM');
    await expect.poll(async () => statusOf(`${cli.url}/v2/health/ready`), { interval: 5 }).toBe(503);
    cli.process.kill('SIGTERM');
    expect(await cli.result).toMatchObject({ code: null, signal: 'SIGKILL' });
  });

  test('SIGTERM while it still loads ends it with exit code 0', async () => {
    const port = String(await freePort());
    const cli = keep(startCli(['--port', port, '--models', usualModels()]));
    // It listens before it loads, so that it can be asked.
    const ready = async (): Promise<unknown> =>
      fetch(`http://127.0.0.1:${port}/v2/health/ready`).then(
        ({ status }) => status,
        () => 'not yet',
      );
    await expect.poll(ready, { timeout: 20_000, interval: 5 }).toBe(503);
    cli.process.kill('SIGTERM');
    // It does not become ready first.
    expect(await cli.result).toMatchObject({ code: 0, signal: null, stdout: '' });
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

async function post(url: string, model: string, body: Buffer): Promise<Response> {
  return fetch(`${url}/models/${model}`, { method: 'POST', body: new Uint8Array(body) });
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.status;
}

/** Waits until so many requests of a model have been taken in, or more were and some are done. */
async function untilPresent(url: string, model: string, count: number): Promise<void> {
  const taken = async (): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const lines = text
      .split('\n')
      .filter(
        (line) => /^sandpiper_requests_(present|total)\{/.test(line) && line.includes(`model="${model}"`),
      );
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  };
  await expect.poll(taken, { interval: 5, timeout: 10_000 }).toBeGreaterThanOrEqual(count);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
