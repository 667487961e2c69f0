/** docs/conformance*.md: no row without a test, and no test that there is not. */
import { existsSync, globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repository } from '../support/readme.ts';

interface Table {
  /** The heading above it. */
  section: string;
  columns: readonly string[];
  rows: string[][];
}

const tables = await tablesOf('conformance');
const [shown, others] = [true, false].map((tested) =>
  tables.filter(({ columns }) => (columns.at(-1) === 'test') === tested),
) as [Table[], Table[]];

async function tablesOf(document: string): Promise<Table[]> {
  const markdown = await readFile(join(repository, 'docs', `${document}.md`), 'utf8');
  let section = '';
  let table: Table | undefined;
  const found: Table[] = [];
  for (const line of markdown.split('\n')) {
    if (line.startsWith('## ')) section = line.slice(3);
    const cells = line.startsWith('|') ? line.slice(1, -1).split('|') : undefined;
    const trimmed = cells?.map((cell) => cell.trim());
    if (trimmed === undefined) table = undefined;
    else if (table === undefined) found.push((table = { section, columns: trimmed, rows: [] }));
    else if (!/^[-|: ]+$/.test(line)) table.rows.push(trimmed);
  }
  return found;
}

/** `nn/handles`, or `conformance/*` for all of a folder. */
function isTest(name: string): boolean {
  return globSync(`test/${name.replaceAll('`', '')}.test.ts`, { cwd: repository }).length > 0;
}

test('has the tables that it is about', () => {
  expect(shown.map(({ section }) => section)).toEqual([
    'Functions of the WIT',
    'Functions of the core ABIs',
    'Tensor types',
    'Errors',
    'Encodings and targets',
  ]);
  // Programs that were run by hand have no test in the repository, and an ABI has all of them.
  expect(others.map(({ section }) => section)).toEqual(['', 'Programs', 'Programs']);
});

test.each(shown)('names tests that there are in every row: $section', ({ rows }) => {
  expect(rows.length).toBeGreaterThan(0);
  const wrong = rows.filter((row) => !row.at(-1)?.split(', ').every(isTest));
  expect(wrong).toEqual([]);
});

test('names adapters that there are', () => {
  const adapters = others[0]?.rows.map((row) => row.at(-1)?.replaceAll('`', '') ?? '') ?? [];
  expect(adapters).toHaveLength(5);
  expect(adapters.filter((path) => !existsSync(join(repository, path)))).toEqual([]);
});

describe.each(['oip', 'openai', 'huggingface'])('The table of the convention %s', async (convention) => {
  const convened = (await tablesOf(`conformance-${convention}`)).filter(({ columns }) =>
    ['test', 'shown by'].includes(columns.at(-1) ?? ''),
  );
  /** The name of a file in test/http, a path below test/, or the tests with real clients. */
  const isNamed = (cell: string): boolean => {
    const name = cell
      .replaceAll('`', '')
      .replace(/^test\//, '')
      .replace(/\.test\.ts$/, '');
    return name === 'clients' || isTest(name) || isTest(`http/${name}`) || isTest(`http/kserve/${name}`);
  };

  test('names tests that there are in every row', () => {
    expect(convened.length).toBeGreaterThan(2);
    const wrong = convened.flatMap(({ rows }) =>
      rows.filter((row) => !row.at(-1)?.split(', ').every(isNamed)),
    );
    expect(wrong).toEqual([]);
  });
});
