/** Damaged, malicious and unusual files through the front door; they are not part of the repository. */
import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVAL, lacksEval } from '../support/eval.ts';
import { imageModel, readSample, speechModel } from '../support/models.ts';
import { startServer, type TestServer } from '../support/server.ts';

const HOSTILE = new URL('hostile/', EVAL);

/** Folders that hold valid files among the damaged ones: a photo that any viewer shows is answered. */
const MAY_BE_ANSWERED = ['bomb', 'flac', 'jpeg', 'png_gif_other', 'tricky_valid', 'wav', 'wav_valid_unusual'];

describe.skipIf(lacksEval('hostile/'))('every hostile file (skipped where ../shared/eval is absent)', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ logLevel: 'silent' });
  });

  afterAll(() => server[Symbol.asyncDispose]());

  it.each([imageModel, speechModel])(
    'is answered by %s or refused with a 4xx, and the server goes on',
    { timeout: 120_000 },
    async (model) => {
      const wrong: string[] = [];
      for (const folder of await readdir(HOSTILE)) {
        for (const name of await readdir(new URL(`${folder}/`, HOSTILE))) {
          const body = await readFile(new URL(`${folder}/${encodeURIComponent(name)}`, HOSTILE));
          const { status } = await post(model, body);
          const fine = status >= 400 && status < 500;
          if (!fine && !(status === 200 && MAY_BE_ANSWERED.includes(folder))) {
            wrong.push(`${folder}/${name}: ${status}`);
          }
        }
      }
      expect(wrong).toEqual([]);
      const { bytes } = await readSample(model);
      expect((await post(model, bytes)).status).toBe(200);
    },
  );

  async function post(model: string, body: Uint8Array<ArrayBuffer>): Promise<Response> {
    const response = await fetch(`${server.url}/models/${model}`, { method: 'POST', body });
    await response.arrayBuffer();
    return response;
  }
});
