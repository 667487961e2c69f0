/** Translates an unknown file and compiles its code in a trial process, within limits. */
import type { ServiceLimits } from '../../config/limits.ts';
import { type SandpiperError, invalidComponent, messageOf } from '../../errors.ts';
import { threadEntry } from '../../package-files.ts';
import { escapeControls } from '../../telemetry/escape-controls.ts';
import { runTrial } from '../../trial/run-trial.ts';
import { OverCap } from './cap-memory.ts';
import type { TranslateAnswer, TranslateInput } from './file-trial-process.ts';
import type { TranslatedComponent } from './translated-component.ts';

/** Longest refusal that is shown: it may contain text of the component's choice. */
const MAX_MESSAGE = 500;

/**
 * Bounds the compiler threads, since memory would otherwise grow with the machine's cores. The translator, WebAssembly
 * itself, is called once: optimising it would take as long as all the rest.
 */
const FLAGS = ['--v8-pool-size=2', '--wasm-num-compilation-tasks=2', '--liftoff-only'];

/**
 * @param name for messages
 * @returns the translation of a component; undefined for a core module
 * @throws SandpiperError `invalid-component`
 */
export async function tryFile(
  input: TranslateInput,
  name: string,
  { compileMs, compiledBytes }: Pick<ServiceLimits, 'compileMs' | 'compiledBytes'>,
): Promise<TranslatedComponent | undefined> {
  const end = await runTrial<TranslateAnswer>({
    entry: threadEntry(import.meta.url, './file-trial-process.ts'),
    input,
    ms: compileMs,
    memoryBytes: compiledBytes,
    flags: FLAGS,
  });
  const work = input.kind === 'core' ? 'compiling it' : 'translating and compiling it';
  switch (end.kind) {
    case 'answer':
      if (end.answer.kind === 'refused') throw refused(name, end.answer.why);
      return end.answer.translated;
    case 'error':
      throw refused(name, `${work} failed (${end.error.message})`);
    case 'over-time':
      throw refused(name, `${work} took over the compileMs of ${compileMs}`);
    case 'over-memory':
      throw refused(name, `${work} took over the compiledBytes of ${compiledBytes}`);
    case 'given-up':
    case 'died':
      throw refused(name, `${work} ended its process (${end.kind === 'died' ? end.how : 'stopped'})`);
  }
}

/** @throws SandpiperError `invalid-component` */
export function assertFileSize(
  { byteLength }: Uint8Array,
  name: string,
  { componentBytes }: Pick<ServiceLimits, 'componentBytes'>,
): void {
  if (byteLength <= componentBytes) return;
  throw refused(name, `it has ${byteLength} bytes and componentBytes allows ${componentBytes}`);
}

/** The error for code whose memories cannot be capped or that V8 does not compile. */
export function refusedCode(name: string, error: unknown): SandpiperError {
  return refused(
    name,
    error instanceof OverCap ? error.message : `WebAssembly refuses it (${messageOf(error)})`,
  );
}

/** The error for a file that cannot be used. */
export function refused(name: string, why: string): SandpiperError {
  const readable = escapeControls(why.length > MAX_MESSAGE ? `${why.slice(0, MAX_MESSAGE)}…` : why);
  return invalidComponent(`Cannot load component ${name}: ${readable}.`);
}
