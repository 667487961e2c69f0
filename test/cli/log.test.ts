import { expect, test } from 'vitest';
import { createLogger } from '../../src/telemetry/logger.ts';

const hostile = 'evil\u001b[2J\u009b2J\r\nfake line \u202e';
// oxlint-disable-next-line no-control-regex -- controls are what is looked for
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/;

function linesOf(logFormat: 'json' | 'pretty' | 'auto', isTTY: boolean): string[] {
  const written: string[] = [];
  const logger = createLogger(
    { logLevel: 'info', logFormat },
    { isTTY, write: (text) => written.push(text) },
  );
  logger.info({ path: hostile, count: 2 }, hostile);
  logger.debug('not this one');
  return written;
}

test('a JSON log line is one line whatever was logged, and says exactly that to a reader', () => {
  const [line = '', ...more] = linesOf('auto', false);
  expect(more).toEqual([]);
  expect(line.trimEnd()).not.toMatch(/\n/);
  expect(line).not.toMatch(controls);
  expect(JSON.parse(line)).toMatchObject({ level: 'info', msg: hostile, path: hostile, count: 2 });
});

test('a line for a person shows controls and does not send them', () => {
  const [line = ''] = linesOf('pretty', false);
  expect(line).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} info {2}evil\\u001b\[2J\\u009b2J\\u000d\\u000afake line \\u202e path=evil/,
  );
  expect(line).not.toMatch(controls);
  expect(line.trimEnd()).not.toContain('\n');
});

test('colours are for a terminal only', () => {
  expect(linesOf('auto', true)[0]).toContain('\u001b[32minfo \u001b[0m');
  expect(linesOf('pretty', false)[0]).not.toContain('\u001b');
});

test('an error is shown with its stack', () => {
  const written: string[] = [];
  createLogger({ logLevel: 'info', logFormat: 'pretty' }, { write: (text) => written.push(text) }).error(
    { err: new Error('broken') },
    'it broke',
  );
  expect(written.join('')).toMatch(/error it broke\n {4}Error: broken\n {4}at /);
});
