/**
 * Attacks by HTTP alone, most without a key, on a service in a process of its own, with good requests beside them: none
 * of these is lost or wrong. Their 99th percentile is printed beside that of the same requests without the attack.
 *
 * `npm run test:attacks`; the quick ones are in test/http.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServing, type RunningCli } from '../support/cli.ts';
import { longestTurnMs } from '../support/longest-turn.ts';
import { graphRepository, type GraphRepository } from '../support/graph-models.ts';
import { hostileJson } from '../support/hostile-json.ts';
import { infer, jsonBody } from '../support/infer-client.ts';
import { imageModel, modelsDir, readSample, speechModel } from '../support/models.ts';
import { identityModel } from '../support/onnx-models.ts';
import { openConnection, type RawConnection } from '../support/raw-request.ts';
import { startScripted } from '../support/scripted-predictor.ts';
import { startServer } from '../support/server.ts';

const MB = 1_000_000;
const linux = process.platform === 'linux';

describe('Good requests are answered beside', { timeout: 120_000 }, () => {
  let repository: GraphRepository;
  let cli: RunningCli & { url: string };

  beforeAll(async () => {
    repository = await graphRepository({ x: identityModel('FLOAT', [null]) });
    cli = await startServing(['--models', repository.path, '--log-level', 'silent', '--no-supervise']);
  });
  afterAll(async () => {
    cli[Symbol.dispose]();
    await repository[Symbol.asyncDispose]();
  });

  /** A tensor there and back, on a connection of its own. */
  const good = async (index: number): Promise<void> => {
    const data = [index, index / 2];
    const { json } = await infer(
      cli.url,
      'x',
      jsonBody({ inputs: [{ name: 'x', shape: [2], datatype: 'FP32', data }] }),
    );
    expect(json.outputs?.[0]?.data).toEqual(data);
  };

  test('pipelined requests by the hundred thousand whose answers are not read', async () => {
    const before = await residentBytes(cli);
    await beside('pipelined', good, async (going) => {
      while (going()) {
        const crowd = Array.from({ length: 50 }, () => openConnection(cli.url));
        for (const { socket } of crowd) {
          socket.pause();
          socket.write('GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1_390));
        }
        await sleep(500);
        for (const connection of crowd) connection[Symbol.dispose]();
      }
    });
    // What the last crowd left is garbage, which goes when the service idles.
    await expect.poll(async () => (await residentBytes(cli)) - before).toBeLessThan(300 * MB);
  });

  test('bodies of two million chunks of a few bytes', async () => {
    const before = await residentBytes(cli);
    const small = '8\r\naaaaaaaa\r\n'.repeat(400_000);
    const tiny = '1\r\na\r\n'.repeat(2_000_000);
    await beside('chunks of a few bytes', good, async () => {
      const crowd = Array.from({ length: 4 }, () => openConnection(cli.url));
      for (const [at, { socket }] of crowd.entries())
        socket.write(
          `POST /v2/models/x/infer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${at % 2 === 0 ? small : tiny}0\r\n\r\n`,
        );
      expect(await Promise.all(crowd.map(async (connection) => connection.status()))).toEqual(
        Array(4).fill(400),
      );
      for (const connection of crowd) connection[Symbol.dispose]();
    });
    // What the last crowd left is garbage, which goes when the service idles.
    await expect.poll(async () => (await residentBytes(cli)) - before).toBeLessThan(300 * MB);
  });

  test('JSON of four megabytes, in 4 KB of gzip, of every kind', async () => {
    const bodies = Object.values(hostileJson(4 * 2 ** 20 - 1_000)).map((text) => gzipSync(text));
    const before = await residentBytes(cli);
    await beside('JSON', good, async (going) => {
      for (let index = 0; going(); index += 4) {
        const four = [0, 1, 2, 3].map(
          (offset) => bodies[(index + offset) % bodies.length] ?? Buffer.alloc(0),
        );
        const refused = await Promise.all(
          four.map(async (body) => infer(cli.url, 'x', { body, headers: { 'content-encoding': 'gzip' } })),
        );
        expect(refused.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
      }
    });
    expect((await residentBytes(cli)) - before).toBeLessThan(700 * MB);
  });

  test.runIf(linux)('1,100 idle connections from two addresses', async () => {
    const idle: RawConnection[] = [];
    await beside('idle connections', good, async () => {
      for (let index = 0; index < 1_100; index++) {
        idle.push(openConnection(cli.url, index % 2 === 0 ? '127.0.0.2' : '127.0.0.3'));
        if (index % 50 === 0) await sleep(10);
      }
      // Connections from the same addresses, too.
      for (const address of ['127.0.0.1', '127.0.0.2', '127.0.0.4']) {
        using connection = openConnection(cli.url, address);
        connection.socket.write('GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
        expect(await connection.status()).toBe(200);
      }
    });
    for (const connection of idle) connection[Symbol.dispose]();
  });
});

describe('The main thread spends less than 50 ms at a time', { timeout: 120_000 }, () => {
  test.each([64 * 1024 - 1_000, 4 * 2 ** 20 - 1_000])('on any JSON of %d bytes', async (size) => {
    await using repository = await graphRepository({ x: identityModel('FLOAT', [null]) });
    await using server = await startServer({ models: repository.path, logLevel: 'silent' });
    const ask = async (text: string) => infer(server.url, 'x', { body: Buffer.from(text), headers: {} });
    // The client's own modules are loaded meanwhile.
    await ask('{}');
    for (const [name, text] of Object.entries(hostileJson(size))) {
      const longest = await longestTurnMs(async () => {
        expect({ name, ...(await ask(text)) }).toMatchObject({ name, status: 400 });
      });
      expect({ name, longest: Math.floor(longest / 50) }).toEqual({ name, longest: 0 });
    }
  });

  test('on a form of tensors in JSON, as many as fit', async () => {
    const port = `{ name: 'x', description: '', kind: { tag: 'tensor', val: { elementType: 'int64', shape: [undefined] } }`;
    await using server = await startScripted({
      echo: {
        describe: `return { inputs: [${port}, occurrence: 'repeated' }], parameters: [], outputs: [${port}, optional: true }] };`,
        predict: 'return [];',
        sample: { inputs: { x: [[1]] }, expect: {} },
      },
    });
    const tensors = [
      `[${'1,'.repeat(32_000)}1]`,
      `[${'1,'.repeat(32_000)}${'9'.repeat(18)}]`,
      '['.repeat(32_000),
    ];
    for (const tensor of tensors) {
      const form = new FormData();
      for (let field = 0; field < 64; field++) form.append('x', tensor);
      const sent = new Response(form);
      const headers = { 'content-type': sent.headers.get('content-type') ?? '' };
      const body = await sent.arrayBuffer();
      const longest = await longestTurnMs(async () => {
        await (await fetch(`${server.url}/models/echo`, { method: 'POST', headers, body })).text();
      });
      expect(Math.floor(longest / 50)).toBe(0);
    }
  });
});

describe('A key for one model', { timeout: 180_000 }, () => {
  test('that fills maxQueuedBytes does not keep another key out of another model', async () => {
    const keys = JSON.stringify([
      { name: 'greedy', key: 'greedy-greedy-greedy', models: [speechModel] },
      { name: 'photos', key: 'photos-photos-photos', models: [imageModel] },
    ]);
    using cli = await startServing(['--models', modelsDir, '--log-level', 'silent'], {
      env: { SANDPIPER_KEYS: keys },
    });
    const { bytes: photo } = await readSample(imageModel);
    const sound = wavOfSilence(20 * MB);
    const ask = async (model: string, key: string, body: Uint8Array<ArrayBuffer>, signal?: AbortSignal) =>
      fetch(`${cli.url}/models/${model}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body,
        ...(signal !== undefined && { signal }),
      });
    const good = async (): Promise<void> => {
      const answer = await ask(imageModel, 'photos-photos-photos', photo);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject([{ label: 'espresso' }, {}, {}, {}, {}]);
    };
    await beside('maxQueuedBytes', good, async (going) => {
      while (going()) {
        const hangUp = AbortSignal.timeout(8_000);
        const crowd = Array.from({ length: 16 }, async () =>
          ask(speechModel, 'greedy-greedy-greedy', sound, hangUp),
        );
        await Promise.allSettled(crowd);
      }
    });
  });
});

/**
 * Asks for a while without an attack, and for as long beside it; `attack` goes on for as long as it is told to.
 * @param good throws for an answer that is wrong
 */
async function beside(
  name: string,
  good: (index: number) => Promise<void>,
  attack: (going: () => boolean) => Promise<void>,
): Promise<void> {
  const forMs = 8_000;
  const ask = async (): Promise<number[]> => {
    const times: number[] = [];
    for (const end = performance.now() + forMs; performance.now() < end; await sleep(10)) {
      const started = performance.now();
      await good(times.length);
      times.push(performance.now() - started);
    }
    return times.toSorted((a, b) => a - b);
  };
  const p99 = (times: readonly number[]): string => (times[Math.floor(times.length * 0.99)] ?? 0).toFixed(1);
  const alone = await ask();
  const end = performance.now() + forMs;
  const [attacked] = await Promise.all([ask(), attack(() => performance.now() < end)]);
  process.stdout.write(
    `${name}: p99 of good requests ${p99(alone)} ms alone (${alone.length}), ${p99(attacked)} ms beside it (${attacked.length})\n`,
  );
  expect(attacked.length).toBeGreaterThan(0);
}

async function residentBytes({ process: { pid } }: RunningCli): Promise<number> {
  if (!linux) return 0;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s*(\d+) kB/.exec(status)?.[1]) * 1024;
}

/** 16 kHz, mono, 16 bit. */
function wavOfSilence(bytes: number): Uint8Array<ArrayBuffer> {
  const wav = Buffer.alloc(bytes);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(bytes - 8, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(16_000, 24);
  wav.writeUInt32LE(32_000, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(bytes - 44, 40);
  return new Uint8Array(wav);
}
