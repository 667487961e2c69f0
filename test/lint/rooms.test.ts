import { spawnSync } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { faultOf, readRooms } from './rooms.ts';

const root = join(import.meta.dirname, '../..');
const oxlint = join(root, 'node_modules/.bin/oxlint');

const table = `## Rooms

| room          | its one job       | imports     |
| ------------- | ----------------- | ----------- |
| \`http/\`     | the doors         | \`service/\` |
| \`service/\`  | the core          | –           |
| \`service/api/\` | what doors see | –           |
| \`errors.ts\` | ground: one table | –           |

## Else

| \`media/\` | of another table | \`http/\` |
`;

test('a room imports what its row names, the ground and itself, and nothing else', () => {
  const rooms = readRooms(table);
  expect(faultOf(rooms, 'http/app.ts', 'service/run.ts')).toBeUndefined();
  expect(faultOf(rooms, 'http/app.ts', 'http/kserve/infer.ts')).toBeUndefined();
  expect(faultOf(rooms, 'service/run.ts', 'errors.ts')).toBeUndefined();
  expect(faultOf(rooms, 'service/run.ts', 'http/app.ts')).toMatch(/^service may not import http: /);
  expect(faultOf(rooms, 'http/app.ts', 'service/api/tasks.ts')).toMatch(
    /^http may not import service\/api: /,
  );
  expect(faultOf(rooms, 'media/picture.ts', 'errors.ts')).toMatch(/^media\/picture.ts is in no room/);
});

test('no room imports a row above it, nor one that imports it', () => {
  const circle = table.replace('| the core          | –           |', '| the core | `http/` |');
  expect(() => readRooms(circle)).toThrow('In docs/architecture.md `service/` imports http, a row above.');
  const pair = table.replace('| `service/api/` | what doors see | –', '| `a/`, `b/` | two | `a/`, `b/`');
  expect(() => readRooms(pair)).toThrow('In docs/architecture.md a and b import one another.');
});

test('the lint fails where a file imports what the table of rooms does not allow, a type too', async () => {
  await using folder = await temporaryFolder('sandpiper-lint-');
  for (const part of ['docs/architecture.md', 'test/lint/rooms.ts', 'src/service/api/tasks.ts']) {
    await cp(join(root, part), join(folder.path, part));
  }
  const config = {
    jsPlugins: ['./test/lint/rooms.ts'],
    rules: { 'sandpiper/rooms': 'error' },
    categories: { correctness: 'off' },
  };
  await writeFile(join(folder.path, '.oxlintrc.json'), JSON.stringify(config));
  const lint = async (source: string): Promise<string> => {
    await mkdir(join(folder.path, 'src/engine'), { recursive: true });
    await writeFile(join(folder.path, 'src/engine/fresh.ts'), source);
    const { stdout } = spawnSync(oxlint, { cwd: folder.path, encoding: 'utf8' });
    return stdout;
  };
  expect(await lint("import type { Task } from '../service/api/tasks.ts';\nexport type T = Task;\n")).toMatch(
    /engine may not import service\/api/,
  );
  expect(await lint('export const fine = 1;\n')).toMatch(/0 errors/);
});

test('each name in the table of rooms has a row', async () => {
  const rooms = readRooms(await readFile(join(root, 'docs/architecture.md'), 'utf8'));
  expect(rooms.size).toBeGreaterThan(30);
  const strangers = [...rooms.values()].flat().filter((name) => !rooms.has(name));
  expect(strangers).toEqual([]);
});
