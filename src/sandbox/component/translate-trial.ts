/**
 * The process that an unknown file is tried in: a component is translated there, its code held to its limits, and
 * compiled in every tier where reading it does not tell what that takes.
 */
import { messageOf } from '../../errors.ts';
import { answerTrial } from '../../trial/answer-trial.ts';
import { boundCode, OverCodeLimit } from '../code/bound-code.ts';
import { tryCompiling } from '../code/try-compiling.ts';
import { instancesOf, type TranslatedComponent } from './translated-component.ts';

/** One of the two. */
export type TranslateInput = { component: Uint8Array } | { core: Uint8Array<ArrayBuffer> };

/** What is wrong with it, or the translation; of a core module that is sound, nothing. */
export type TranslateAnswer = { refused: string } | { translated: TranslatedComponent | undefined };

function tryCode(modules: readonly Uint8Array<ArrayBuffer>[], instances: readonly number[]): void {
  try {
    const read = boundCode(modules, instances);
    for (const [at, module] of modules.entries()) {
      const { facts, toTry } = read[at] ?? {};
      if (facts !== undefined && toTry !== undefined) tryCompiling(module, facts, toTry);
    }
  } catch (error) {
    if (error instanceof OverCodeLimit) throw error;
    // V8 says best what is wrong with a module that it does not take either.
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
  // The translator takes longer to load than a core module to try.
  const { translateComponent } = await import('./translate.ts');
  const translated = await translateComponent(component).catch((error: unknown) => {
    throw error instanceof RangeError
      ? error
      : new Error(`it cannot be translated (${messageOf(error)})`, { cause: error });
  });
  const { glue, modules } = translated;
  tryCode(
    modules.map(([, bytes]) => bytes),
    modules.map(([file]) => instancesOf(file, glue)),
  );
  return translated;
}

await answerTrial(async (input): Promise<TranslateAnswer> => {
  const given = input as TranslateInput;
  try {
    if ('component' in given) return { translated: await translateAndTry(given.component) };
    tryCode([given.core], [1]);
    return { translated: undefined };
  } catch (error) {
    // What is thrown for want of memory is the trial's to tell.
    if (error instanceof RangeError) throw error;
    return { refused: messageOf(error) };
  }
});
