/** Log lines, by `wasi:logging`. The host adds the model's name and bounds their size. */
import { writeLog } from './abi/imports/host';

/** The cases of `logging.level`, in its order. */
export enum LogLevel {
  Trace,
  Debug,
  Info,
  Warn,
  Error,
  Critical,
}

/** Emits one line; `context` names the part of the component that speaks. */
export function log(level: LogLevel, context: string, message: string): void {
  writeLog(level, changetype<usize>(context), context.length, changetype<usize>(message), message.length);
}
