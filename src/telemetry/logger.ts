import { pino } from 'pino';
import type { Settings } from '../config/settings.ts';
import { escapeControls } from './escape-controls.ts';
import { isJournal, journalPriority } from './journal-priority.ts';
import { formatLogLine } from './log-line.ts';

export interface LogMethod {
  (fields: object, message?: string): void;
  (message: string): void;
}

/** Where the service writes its log. A logger of pino's is one. */
export interface Logger {
  trace: LogMethod;
  debug: LogMethod;
  info: LogMethod;
  warn: LogMethod;
  error: LogMethod;
}

/** Fields of each line about a request: the request's id and its place in a trace. */
export interface RequestFields {
  id?: string;
  trace_id?: string;
  span_id?: string;
}

/** Where log lines go: standard error of the process by default. */
export interface LogTarget {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * The structured log: one JSON object a line, or one readable line where a person watches. Whatever a
 * client or a component put into a line, no control character reaches the terminal.
 */
export function createLogger(
  settings: Pick<Settings, 'logLevel' | 'logFormat'>,
  target: LogTarget = process.stderr,
): Logger {
  const onTerminal = target.isTTY === true;
  const inJournal = target === process.stderr && isJournal();
  const pretty = settings.logFormat === 'pretty' || (settings.logFormat === 'auto' && onTerminal);
  // JSON itself escapes controls below U+0020 only; a terminal obeys those from U+007F to U+009F as well.
  const format = pretty
    ? (line: string): string => formatLogLine(line, onTerminal)
    : (line: string): string => `${escapeControls(line.trimEnd())}\n`;
  return pino(
    {
      level: settings.logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    { write: (line) => void target.write(`${inJournal ? journalPriority(line) : ''}${format(line)}`) },
  );
}
