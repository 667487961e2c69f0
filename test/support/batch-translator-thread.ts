import { parentPort, type MessagePort } from 'node:worker_threads';
import { toPlainError } from '../../src/errors.ts';
import { boundCode } from '../../src/sandbox/code/bound-code.ts';
import { instancesOf, type TranslatedComponent } from '../../src/sandbox/component/translated-component.ts';
import { translateComponent } from '../../src/sandbox/component/translate-component.ts';

const port = parentPort as MessagePort;

port.on('message', (component: Uint8Array) => {
  translate(component).then(
    (translated) => port.postMessage(translated),
    (error: unknown) => {
      // In the middle of its work the translator is left as no other component may find it.
      const broken = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
      port.postMessage({ error: toPlainError(error, 'invalid-component'), broken });
    },
  );
});

/** As the product's trial, but for compiling, which must not happen where it might end the tests. */
async function translate(component: Uint8Array): Promise<TranslatedComponent> {
  const translated = await translateComponent(component);
  const { modules } = translated;
  boundCode(
    modules.map(([, bytes]) => bytes),
    instancesOf(translated),
  );
  return translated;
}
