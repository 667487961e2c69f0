/** Maps ONNX Runtime's errors to wasi:nn's, by their messages: its status codes do not tell them apart. */
import { EngineError } from '../../../engine-error.ts';

/** A valid model that needs an operator or version that the engine does not have. */
const LACKING =
  /not a registered function\/op|No Op registered for|Could not find an implementation|is under development|Unsupported model IR version|not currently registered or supported/i;

/** The arena or the process has reached its limit. */
const OUT_OF_MEMORY = /Available memory of \d+ is smaller than requested|bad_alloc|Failed to allocate memory/;

/** A run is stopped at its deadline or when its request is cancelled; in the second case the guest sees no error. */
const STOPPED = /terminate flag/;

export function toLoadError(message: string): EngineError {
  if (OUT_OF_MEMORY.test(message)) return tooLarge('Loading the graph');
  const why = readable(message);
  if (LACKING.test(message)) {
    return new EngineError('unsupported-operation', `The engine cannot run this model: ${why}`);
  }
  return new EngineError('invalid-encoding', `The engine cannot load this model: ${why}`);
}

export function toRunError(message: string): EngineError {
  if (STOPPED.test(message)) return new EngineError('timeout', 'The deadline of the request has passed.');
  if (OUT_OF_MEMORY.test(message)) return tooLarge('The run');
  return new EngineError('runtime-error', `The engine could not run the graph: ${readable(message)}`);
}

function tooLarge(what: string): EngineError {
  return new EngineError(
    'too-large',
    `${what} needs more memory than is left of the limit runMemoryBytes, which all runs share: give it less at a time, or raise the limit.`,
  );
}

/** The engine's message without places in its source, and without its checks where words follow them. */
function readable(message: string): string {
  return message
    .slice(0, 4_000)
    .replaceAll(/\S+\.(?:cc|h):\d+\s*/g, '')
    .replaceAll(/\s+/g, ' ')
    .replace(/Status Message: [^']*\bonnxruntime::.*? was false\. (?=\S)/, 'Status Message: ')
    .trim()
    .slice(0, 500);
}
