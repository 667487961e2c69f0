import { parentPort, type MessagePort } from 'node:worker_threads';
import { toPlainError } from '../../src/errors.ts';
import { translateComponent } from '../../src/sandbox/translate.ts';

const port = parentPort as MessagePort;

port.on('message', (component: Uint8Array) => {
  translateComponent(component).then(
    (translated) => port.postMessage(translated),
    (error: unknown) => port.postMessage({ error: toPlainError(error, 'invalid-component') }),
  );
});
