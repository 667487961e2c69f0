/** The column of this service in docs/conformance-oip.md's table beside a live Triton, whose own column needs Triton. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startServer } from '../../support/server.ts';
import { graphRepository } from '../../support/graph-models.ts';
import { repository } from '../../support/readme.ts';
import { ask } from '../../triton/compare-answers.ts';
import { DIFFERENCES } from '../../triton/differences.ts';
import { GRAPHS, REQUESTS } from '../../triton/requests.ts';

test('every row of the table is a request of the comparison, answered with the status that it says', async () => {
  const text = await readFile(join(repository, 'docs/conformance-oip.md'), 'utf8');
  const [, section = ''] = text.split('\n## Beside a live Triton\n');
  const rows = [...section.matchAll(/^\| (.+?) +\| (\d{3}) +\| .+? \| (.+?) +\|$/gm)];
  const told = rows.map(([, name = '', status, why = '']) => ({ name, status: Number(status), why }));
  expect(told.map(({ name }) => name).toSorted()).toEqual(Object.keys(DIFFERENCES).toSorted());
  for (const { name, why } of told) expect(why).toContain(DIFFERENCES[name]?.because);

  await using graphs = await graphRepository(GRAPHS);
  await using server = await startServer({ models: graphs.path });
  const answered = new Map<string, number>();
  for (const request of REQUESTS) answered.set(request.name, (await ask(server.url, request)).status);
  expect(told.map(({ name }) => ({ name, status: answered.get(name) }))).toEqual(
    told.map(({ name, status }) => ({ name, status })),
  );
  const [, count] = /sends (\d+) requests/.exec(section) ?? [];
  expect(Number(count)).toBe(REQUESTS.length);
});
