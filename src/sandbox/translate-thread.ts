/** The entry of the translator's thread: one component in, its translation out. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { toPlainError } from '../errors.ts';
import { translateComponent } from './translate.ts';

const port = parentPort as MessagePort;

translateComponent(workerData as Uint8Array).then(
  (translated) => port.postMessage(translated),
  (error: unknown) => port.postMessage({ error: toPlainError(error, 'invalid-component') }),
);
