import { describe, it } from 'vitest';
import { expectAssembly } from './support/assembly.ts';

const HERE = './window-classifier/assembly';

const WINDOW = `
  import { readCsv } from '${HERE}/csv';
  import { readRows, rowsSchema } from '${HERE}/json';
  import { Window } from '${HERE}/window';
  /** Two channels, at most three steps. */
  function csv(text: string): Window | null { return readCsv(text, new Window(2, 3)); }
  function rows(text: string): Window | null { return readRows(text, new Window(2, 3)); }
  function holds(window: Window | null, values: f32[]): bool {
    if (!window) return false;
    const planes = window.planes();
    if (planes.length != values.length) return false;
    for (let i = 0; i < values.length; i++) if (planes[i] != values[i]) return false;
    return true;
  }`;

describe('CSV', () => {
  it('is a line for each step, channel after channel for the graph', async () => {
    await expectAssembly(`${WINDOW}
      export function run(): void {
        assert(holds(csv('1,2\\n3,4'), [1, 3, 2, 4]), 'commas');
        assert(holds(csv('1;-2.5\\r\\n3;4e1\\r\\n'), [1, 3, -2.5, 40]), 'semicolons, and lines of Windows');
        assert(holds(csv('1\\t2\\n\\n3\\t4\\n'), [1, 3, 2, 4]), 'tabs, and a blank line');
        assert(holds(csv('x, y\\n1, 2'), [1, 2]), 'a line of names');
        assert(holds(csv('\\uFEFFx,y\\n1,2'), [1, 2]), 'a mark of byte order');
      }`);
  });

  it('is refused for anything but numbers, a window too long, too wide or empty', async () => {
    const refused = ['1,2\\n3,x', '1,2\\n3', '1,2,3', '1,2\\n3,', 'x,y', '', '1,2\\n1e99,3', '1,2\\n3,4five'];
    await expectRefused('csv', [...refused, '1,2\\n1,2\\n1,2\\n1,2']);
  });
});

describe('JSON', () => {
  it('is a list of steps; of a single channel, a list of numbers', async () => {
    await expectAssembly(`${WINDOW}
      export function run(): void {
        assert(holds(rows('[[1, 2], [3, 4]]'), [1, 3, 2, 4]), 'steps');
        assert(holds(readRows('[1, 2, 3]', new Window(1, 3)), [1, 2, 3]), 'numbers');
        assert(rowsSchema(1, 3).includes('"items": { "type": "number" }, "minItems": 1, "maxItems": 3'), 'its schema');
      }`);
  });

  it('is refused for anything else', async () => {
    await expectRefused('rows', [
      '{}',
      '[]',
      '[[1]]',
      '[["1", 2]]',
      '[1, 2]',
      '[[1, 2], null]',
      '[[1, 1e99]]',
      '[[',
    ]);
  });
});

it('gives as many labels as are wanted, best first', async () => {
  await expectAssembly(`
    import { best } from '${HERE}/labels';
    export function run(): void {
      const scores = new Float32Array(3);
      scores[0] = 0.1;
      scores[1] = 0.7;
      scores[2] = 0.2;
      const found = best(scores, ['a', 'b', 'c'], 2);
      assert(found.length == 2 && found[0].label == 'b' && found[1].label == 'c', 'two');
      assert(best(scores, ['a', 'b', 'c'], i64.MAX_VALUE).length == 3, 'no more than there are');
    }`);
});

async function expectRefused(reader: 'csv' | 'rows', texts: string[]): Promise<void> {
  const checks = texts.map((text) => `assert(${reader}('${text}') == null, '${text}');`);
  await expectAssembly(`${WINDOW} export function run(): void { ${checks.join(' ')} }`);
}
