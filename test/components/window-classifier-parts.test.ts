import { describe, it } from 'vitest';
import { expectAssembly } from './support/assembly.ts';

const HERE = './window-classifier/assembly';

const RECORDING = `
  import { readCsv } from '${HERE}/csv';
  import { readJson, rowsSchema, windowsSchema } from '${HERE}/json';
  import { Recording } from '${HERE}/recording';
  function utf8(text: string): Uint8Array { return Uint8Array.wrap(String.UTF8.encode(text)); }
  /** Two channels. */
  function csv(text: string): Recording | null {
    const recording = new Recording(2);
    return readCsv(utf8(text), recording) ? recording : null;
  }
  function json(text: string, channels: i32 = 2): Recording | null {
    const recording = new Recording(channels);
    return readJson(utf8(text), recording) ? recording : null;
  }
  function holds(recording: Recording | null, values: f32[], ends: i32[]): bool {
    if (!recording) return false;
    if (recording.values.length != values.length || recording.ends.length != ends.length) return false;
    for (let i = 0; i < values.length; i++) if (recording.values[i] != values[i]) return false;
    for (let i = 0; i < ends.length; i++) if (recording.ends[i] != ends[i]) return false;
    return true;
  }`;

describe('CSV', () => {
  it('is a line for each step', async () => {
    await expectAssembly(`${RECORDING}
      export function run(): void {
        assert(holds(csv('1,2\\n3,4'), [1, 2, 3, 4], [2]), 'commas');
        assert(holds(csv('1;-2.5\\r\\n3;4e1\\r\\n'), [1, -2.5, 3, 40], [2]), 'semicolons, and lines of Windows');
        assert(holds(csv('1\\t2\\n3\\t4\\n'), [1, 2, 3, 4], [2]), 'tabs');
        assert(holds(csv('x, y\\n1, 2'), [1, 2], [1]), 'a line of names');
        assert(holds(csv(' ,2nd \\n1, 2'), [1, 2], [1]), 'a line of names, one of them empty');
        assert(holds(csv('\\uFEFFx,y\\n1,2'), [1, 2], [1]), 'a mark of byte order');
      }`);
  });

  it('has blank lines, as many as one likes, between windows', async () => {
    await expectAssembly(`${RECORDING}
      export function run(): void {
        assert(holds(csv('1,2\\n\\n3,4\\n5,6'), [1, 2, 3, 4, 5, 6], [1, 3]), 'two windows');
        assert(holds(csv('x,y\\r\\n\\r\\n1,2\\r\\n \\r\\n\\r\\n3,4\\r\\n\\r\\n'), [1, 2, 3, 4], [1, 2]), 'lines of Windows');
        assert(holds(csv('x,y'), [], []), 'none');
      }`);
  });

  it('is refused for anything but numbers, and for a step too wide or too narrow', async () => {
    await expectRefused('csv', [
      '1,2\\n3,x',
      '1,2\\n3',
      '1,2,3',
      '1,2\\n3,',
      '1,2\\n1e99,3',
      '1,2\\n3,4five',
      'nan,2\\n3,4',
      ',2\\n3,4',
      'x,2\\r\\n3,4',
    ]);
  });
});

describe('JSON', () => {
  it('is a list of steps, or one of windows; of a single channel, steps are numbers', async () => {
    await expectAssembly(`${RECORDING}
      export function run(): void {
        assert(holds(json('[[1, 2], [3, 4]]'), [1, 2, 3, 4], [2]), 'steps');
        assert(holds(json(' [ [[1, 2]],[[3, 4] , [5,6]]]\\n'), [1, 2, 3, 4, 5, 6], [1, 3]), 'windows');
        assert(holds(json('[1, 2, 3]', 1), [1, 2, 3], [3]), 'numbers');
        assert(holds(json('[[1], [2, 3]]', 1), [1, 2, 3], [1, 3]), 'windows of numbers');
        assert(rowsSchema(1).includes('"items": { "type": "number" }'), 'its schema');
        assert(windowsSchema(1, 9).endsWith('"minItems": 1 }, "minItems": 1, "maxItems": 9 }'), 'that of windows');
      }`);
  });

  it('is refused for anything else', async () => {
    const refused = ['{}', '[]', '[[1]]', '[["1", 2]]', '[1, 2]', '[[1, 2], null]', '[[1, 1e99]]', '[['];
    await expectRefused('json', [
      ...refused,
      '[[[1, 2]], []]',
      '[[[1, 2]], [1, 2]]',
      '[[[1, 2]]',
      '[[[[1, 2]]]]',
    ]);
  });
});

describe('a recording', () => {
  const CUT = `${RECORDING}
    import { Windows } from '${HERE}/windows';
    /** The windows of recordings of ten and three steps, as "start-end". */
    function cut(length: i64, stride: i64, most: i32 = 99, longest: i32 = 99): string {
      const recording = new Recording(1);
      for (let step = 1; step <= 13; step++) {
        recording.put(step);
        recording.endStep();
        if (step == 10 || step == 13) recording.endWindow();
      }
      const windows = new Windows(recording);
      if (!windows.cut(length, stride, most, longest)) return 'refused';
      const found: string[] = [];
      for (let i = 0; i < windows.count; i++) found.push(windows.starts[i].toString() + '-' + windows.ends[i].toString());
      return found.join(' ');
    }`;

  it('is cut into windows, one stride after the other, within each window that was given', async () => {
    await expectAssembly(`${CUT}
      export function run(): void {
        assert(cut(0, 0) == '0-10 10-13', 'whole');
        assert(cut(4, 4) == '0-4 4-8 10-13', 'side by side; the rest is left out, a shorter one stays');
        assert(cut(8, 1) == '0-8 1-9 2-10 10-13', 'overlapping');
        assert(cut(2, 5) == '0-2 5-7 10-12', 'with gaps');
        assert(cut(10, 1) == '0-10 10-13' && cut(50, 1) == '0-10 10-13', 'as long as it is, or longer');
        assert(cut(2, i64.MAX_VALUE) == '0-2 10-12', 'the first of each alone');
      }`);
  });

  it('is refused where it has more windows than there may be, or one too long', async () => {
    await expectAssembly(`${CUT}
      export function run(): void {
        assert(cut(1, 1, 13) != 'refused' && cut(1, 1, 12) == 'refused', 'too many');
        assert(cut(0, 0, 99, 10) != 'refused' && cut(0, 0, 99, 9) == 'refused', 'too long');
        assert(cut(9, 9, 99, 9) != 'refused', 'cut to what is short enough');
      }`);
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

it('gives as many labels as are wanted, best first, by the mean of all windows', async () => {
  await expectAssembly(`
    import { best } from '${HERE}/labels';
    export function run(): void {
      const found = best([0.1, 0.7, 0.2], ['a', 'b', 'c'], 2);
      assert(found.length == 2 && found[0].label == 'b' && found[1].label == 'c', 'two');
      assert(best([0.1, 0.7, 0.2], ['a', 'b', 'c'], i64.MAX_VALUE).length == 3, 'no more than there are');
      const mean = best([0.5, 0.5, 1, 0], ['a', 'b'], 2);
      assert(mean[0].label == 'a' && mean[0].score == 0.75 && mean[1].score == 0.25, 'two windows');
    }`);
});

async function expectRefused(reader: 'csv' | 'json', texts: string[]): Promise<void> {
  const checks = texts.map((text) => `assert(${reader}('${text}') == null, '${text}');`);
  await expectAssembly(`${RECORDING} export function run(): void { ${checks.join(' ')} }`);
}
