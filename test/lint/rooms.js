/**
 * The rule of the lint that holds the table of rooms in docs/architecture.md: a file under `src/` imports files of its
 * own room and of the rooms that the table allows it, types included. A room is a folder or a file; the most exact row
 * counts, and a row allows the folders below it that have no row of their own.
 */
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const SOURCE = resolve(ROOT, 'src');

/** The rows below "## Rooms": what each room may import, by its name. */
export function readRooms(markdown) {
  const [, section = ''] = markdown.split(/^## Rooms.*$/m);
  const [table = ''] = section.split(/^## /m);
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  return new Map(
    rows.flatMap((row) => {
      const cells = row.split('|').map((cell) => cell.trim());
      const imports = namesIn(cells[3] ?? '');
      return namesIn(cells[1] ?? '').map((room) => [room, imports]);
    }),
  );
}

function namesIn(cell) {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name.replace(/\/$/, ''));
}

/** Why `file` may not import `imported`, both relative to `src/`; undefined: it may. */
export function faultOf(rooms, file, imported) {
  const [room, target] = [roomOf(rooms, file), roomOf(rooms, imported)];
  if (room === undefined || target === undefined) {
    const lost = room === undefined ? file : imported;
    return `${lost} is in no room of the table in docs/architecture.md: add a row.`;
  }
  if (room === target || rooms.get(room).includes(target)) return undefined;
  return `${room} may not import ${target}: docs/architecture.md allows it ${rooms.get(room).join(', ') || 'nothing'}.`;
}

function roomOf(rooms, file) {
  const parts = file.split('/');
  while (parts.length > 0 && !rooms.has(parts.join('/'))) parts.pop();
  return parts.length > 0 ? parts.join('/') : undefined;
}

const rooms = readRooms(readFileSync(resolve(ROOT, 'docs/architecture.md'), 'utf8'));

const imports = {
  create(context) {
    const file = relative(SOURCE, context.filename).split(sep).join('/');
    if (file.startsWith('..')) return {};
    const check = ({ source }) => {
      const specifier = source?.value;
      if (typeof specifier !== 'string' || !specifier.startsWith('.')) return;
      const imported = relative(SOURCE, resolve(dirname(context.filename), specifier)).split(sep).join('/');
      if (imported.startsWith('..')) return;
      const message = faultOf(rooms, file, imported);
      if (message !== undefined) context.report({ node: source, message });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      TSImportType: check,
    };
  },
};

export default { meta: { name: 'sandpiper' }, rules: { rooms: imports } };
