/**
 * The rule of the lint that holds the table of rooms in docs/architecture.md: a file under `src/` imports files of its
 * own room and of the rooms that the table allows it, types included. A room is a folder or a file; the most exact row
 * counts, and a row allows the folders below it that have no row of their own. A row stands above the rows that it
 * imports, so that no two rooms import one another.
 */
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';

/** The rooms that each room may import, by the room's name. */
type Rooms = ReadonlyMap<string, readonly string[]>;

/** The part of ESLint's interface that this rule uses. */
interface Context {
  filename: string;
  report: (fault: { node: unknown; message: string }) => void;
}
interface Import {
  source?: { value?: unknown } | null;
}

const ROOT = resolve(import.meta.dirname, '../..');
const SOURCE = resolve(ROOT, 'src');

/**
 * The rows below "## Rooms": what each room may import, by its name.
 *
 * @throws Error where a row imports a row above it, or its rooms one another
 */
export function readRooms(markdown: string): Rooms {
  const [, section = ''] = markdown.split(/^## Rooms.*$/m);
  const [table = ''] = section.split(/^## /m);
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  const cells = rows.map((row) => row.split('|').map((cell) => cell.trim()));
  const above = new Set<string>();
  for (const [, names = '', , imports = ''] of cells) {
    const upward = namesIn(imports).find((name) => above.has(name));
    if (upward !== undefined)
      throw new Error(`In docs/architecture.md ${names} imports ${upward}, a row above.`);
    const own = namesIn(names).filter((name) => namesIn(imports).includes(name));
    if (own.length > 1) throw new Error(`In docs/architecture.md ${own.join(' and ')} import one another.`);
    for (const name of namesIn(names)) above.add(name);
  }
  const ground = cells
    .filter(([, , job]) => job?.startsWith('ground:'))
    .flatMap(([, names = '']) => namesIn(names));
  return new Map(
    cells.flatMap(([, names = '', , imports = '']) =>
      namesIn(names).map((room) => [room, [...namesIn(imports), ...ground]]),
    ),
  );
}

function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name.replace(/\/$/, ''));
}

/** Why `file` may not import `imported`, both relative to `src/`; undefined: it may. */
export function faultOf(rooms: Rooms, file: string, imported: string): string | undefined {
  const [room, target] = [roomOf(rooms, file), roomOf(rooms, imported)];
  if (room === undefined || target === undefined) {
    const lost = room === undefined ? file : imported;
    return `${lost} is in no room of the table in docs/architecture.md: add a row.`;
  }
  const allowed = rooms.get(room) ?? [];
  if (room === target || allowed.includes(target)) return undefined;
  return `${room} may not import ${target}: docs/architecture.md allows it ${allowed.join(', ')}.`;
}

function roomOf(rooms: Rooms, file: string): string | undefined {
  const parts = file.split('/');
  while (parts.length > 0 && !rooms.has(parts.join('/'))) parts.pop();
  return parts.length > 0 ? parts.join('/') : undefined;
}

const rooms = readRooms(readFileSync(resolve(ROOT, 'docs/architecture.md'), 'utf8'));

const imports = {
  create(context: Context): Record<string, (node: Import) => void> {
    const file = relative(SOURCE, context.filename).split(sep).join('/');
    if (file.startsWith('..')) return {};
    const check = ({ source }: Import): void => {
      const specifier = source?.value;
      if (typeof specifier !== 'string' || !specifier.startsWith('.')) return;
      const imported = relative(SOURCE, resolve(dirname(context.filename), specifier))
        .split(sep)
        .join('/');
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
