import { escapeControls } from './escape-controls.ts';

const COLOURS: Readonly<Record<string, number>> = { debug: 90, info: 32, warn: 33, error: 31, fatal: 31 };

/**
 * A JSON log line as a person reads it: `12:30:11.120 info  request id=… status=200 ms=12`. The stack of an
 * error or a trap follows on lines of its own. Anything that is no log line passes through escaped.
 */
export function formatLogLine(line: string, colours: boolean): string {
  const entry = parseEntry(line);
  if (entry === undefined) return `${escapeControls(line.trimEnd())}\n`;
  const { time, level, msg, err, stack, ...fields } = entry;
  const levelName = showValue(level).padEnd(5);
  const head = [
    showValue(time).slice(11, 23),
    colours ? `\u001b[${COLOURS[levelName.trim()] ?? 0}m${levelName}\u001b[0m` : levelName,
    escapeControls(showValue(msg ?? '')),
  ].join(' ');
  const tail = Object.entries(fields).map(
    ([key, value]) => ` ${escapeControls(`${key}=${showValue(value)}`)}`,
  );
  return `${head}${tail.join('')}\n${showStack(stack ?? stackOf(err))}`;
}

function parseEntry(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function showValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function stackOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'stack' in error ? error.stack : undefined;
}

function showStack(stack: unknown): string {
  if (typeof stack !== 'string' || stack === '') return '';
  const lines = stack.split('\n');
  return `${lines.map((line) => `    ${escapeControls(line.trim())}`).join('\n')}\n`;
}
