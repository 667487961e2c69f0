import { fstatSync } from 'node:fs';

/** Priorities of syslog. */
const PRIORITIES: Readonly<Record<string, number>> = {
  fatal: 2,
  error: 3,
  warn: 4,
  info: 6,
  debug: 7,
  trace: 7,
};

const STDERR = 2;

/** Whether systemd's journal reads standard error itself, by what it says of the file that it gave. */
export function isJournal(): boolean {
  const stream = process.env['JOURNAL_STREAM'];
  if (!stream) return false;
  try {
    const { dev, ino } = fstatSync(STDERR);
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/** `<4>` before a line whose level is `warn`: the journal takes it off and files the line by it. */
export function journalPriority(line: string): string {
  const level = /"level":"(\w+)"/.exec(line)?.[1] ?? 'info';
  return `<${PRIORITIES[level] ?? 6}>`;
}
