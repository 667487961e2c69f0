import { describe, it } from 'vitest';
import { expectAssembly } from './support/assembly.ts';

const HERE = './window-classifier/assembly';

const WINDOW = `
  import { readCsv } from '${HERE}/csv';
  import { readRows, rowsSchema } from '${HERE}/json';
  import { Window } from '${HERE}/window';
  /** Two channels, at most three steps. */
  function utf8(text: string): Uint8Array { return Uint8Array.wrap(String.UTF8.encode(text)); }
  function csv(text: string): Window | null { return readCsv(utf8(text), new Window(2, 3)); }
  function rows(text: string): Window | null { return readRows(utf8(text), new Window(2, 3)); }
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
        assert(holds(readRows(utf8('[1, 2, 3]'), new Window(1, 3)), [1, 2, 3]), 'numbers');
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

it('reads numbers as the language does', async () => {
  const numbers = [
    '0',
    '-0.5',
    '+3',
    '1.',
    '.25',
    '123456789.123456789',
    '1e3',
    '-2.5E-3',
    '1e-30',
    '3e38',
    '00012',
  ];
  const long = [
    '0.1000000000000000000000000000001',
    '123456789012345678901234567890',
    '0.00000000000000000000012345',
  ];
  const checks = [...numbers, ...long].map((text) => `reads('${text}', ${Number(text)});`);
  await expectAssembly(`
    import { Scanner } from '${HERE}/scanner';
    function scan(text: string): Scanner { return new Scanner(Uint8Array.wrap(String.UTF8.encode(text))); }
    function reads(text: string, value: f64): void {
      const scanner = scan(text + ',');
      assert(<f32>scanner.number() == <f32>value, text);
      assert(scanner.peek() == 0x2c, 'all of ' + text);
    }
    export function run(): void {
      ${checks.join('\n')}
      assert(isNaN(scan('x').number()) && isNaN(scan('-').number()) && isNaN(scan('.').number()), 'none');
      assert(!isFinite(scan('1e999').number()), 'out of range');
      const scanner = scan('1e');
      assert(scanner.number() == 1 && scanner.peek() == 0x65, 'an exponent without digits is none');
    }`);
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
