/**
 * The child process in which an unknown file is tried: translates a component, checks its code against the limits, and compiles in
 * every tier the functions whose cost cannot be read from the code.
 */
import { messageOf } from '../../errors.ts';
import { answerParent } from '../../trial/answer-parent.ts';
import { boundCode, OverCodeLimit } from '../code/bound-code.ts';
import { tryCompiling } from '../code/try-compiling.ts';
import { instancesOf, type TranslatedComponent } from './translated-component.ts';

/** A component or a core module. */
export type TranslateInput =
  { kind: 'component'; bytes: Uint8Array } | { kind: 'core'; bytes: Uint8Array<ArrayBuffer> };

/** A refusal, or the translation; a valid core module has none. */
export type TranslateAnswer =
  { kind: 'refused'; why: string } | { kind: 'accepted'; translated: TranslatedComponent | undefined };

function tryCode(modules: readonly Uint8Array<ArrayBuffer>[], instances: readonly number[]): void {
  try {
    for (const { module, facts, toTry } of boundCode(modules, instances)) tryCompiling(module, facts, toTry);
  } catch (error) {
    if (error instanceof OverCodeLimit) throw error;
    // For an invalid module V8's message is better.
    for (const module of modules) validate(module);
    throw error;
  }
}

function validate(module: Uint8Array<ArrayBuffer>): void {
  try {
    void new WebAssembly.Module(module);
  } catch (error) {
    throw new Error(`WebAssembly refuses it (${messageOf(error)})`, { cause: error });
  }
}

async function translateAndTry(component: Uint8Array): Promise<TranslatedComponent> {
  // Loaded only here: the translator takes longer to load than a core module takes to try.
  const { translateComponent } = await import('./translate-component.ts');
  const translated = await translateComponent(component).catch((error: unknown) => {
    throw error instanceof RangeError
      ? error
      : new Error(`it cannot be translated (${messageOf(error)})`, { cause: error });
  });
  const { modules } = translated;
  tryCode(
    modules.map(([, bytes]) => bytes),
    instancesOf(translated),
  );
  return translated;
}

await answerParent(async (input): Promise<TranslateAnswer> => {
  const given = input as TranslateInput;
  try {
    if (given.kind === 'component')
      return { kind: 'accepted', translated: await translateAndTry(given.bytes) };
    tryCode([given.bytes], [1]);
    return { kind: 'accepted', translated: undefined };
  } catch (error) {
    // The trial reports a lack of memory itself.
    if (error instanceof RangeError) throw error;
    return { kind: 'refused', why: messageOf(error) };
  }
});
