import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDoor, type Door } from '../support/door.ts';
import { startColourServer, type ColourServer } from '../support/colour-models.ts';

let server: ColourServer;
let guarded: Door;
const key = 'a-key-of-somebody-01';
beforeAll(async () => {
  server = await startColourServer({ leaves: {}, secret: {} });
  const keys = JSON.stringify([{ name: 'somebody', key, models: ['leaves'] }]);
  guarded = await openDoor(server.service, { keys });
});
afterAll(async () => {
  await guarded[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const page = async (url: string, headers: Record<string, string> = {}): Promise<string> =>
  (await fetch(`${url}/docs`, { headers })).text();

test('the examples have the address that was asked and a model that is there', async () => {
  expect(await page(server.url)).toContain(`curl --data-binary @photo.jpg ${server.url}/models/leaves<`);
  expect(await page(server.url)).not.toContain('address.of.this.service');
});

test('where keys are asked for they have the key, and name models to whom may see them', async () => {
  const stranger = await page(guarded.url);
  expect(stranger).toContain(guarded.url);
  expect(stranger).toContain('Authorization: Bearer $KEY');
  expect(stranger).not.toMatch(/leaves|secret/);
  expect(await page(guarded.url, { authorization: 'Bearer no-key-of-anybody' })).toBe(stranger);
  const known = await page(guarded.url, { authorization: `Bearer ${key}` });
  expect(known).toContain(`${guarded.url}/models/leaves<`);
  expect(known).not.toContain('secret');
});
