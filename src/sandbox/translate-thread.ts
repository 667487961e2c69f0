/** The entry of the translator's thread: one component in, its translation out. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { transpileBytes } from '@bytecodealliance/jco-transpile';
import { componentWit } from '@bytecodealliance/jco-transpile/wasm-tools';
import { toPlainError } from '../errors.ts';
import { hardenGlue } from './harden-glue.ts';
import type { TranslatedComponent } from './compile-component.ts';

const port = parentPort as MessagePort;

async function translate(component: Uint8Array): Promise<TranslatedComponent> {
  const { files } = await transpileBytes(component, {
    name: 'component',
    instantiation: 'sync',
    // Lists between two composed components are otherwise copied by one call per byte.
    multiMemory: true,
    base64Cutoff: 0,
    emitTypescriptDeclarations: false,
    tracing: false,
  });
  const glue = new TextDecoder().decode(files['component.js']);
  const modules = Object.entries(files)
    .filter(([file]) => file.endsWith('.wasm'))
    .map(([file, bytes]): [string, Uint8Array<ArrayBuffer>] => [file, new Uint8Array(bytes)]);
  // transpileBytes names interfaces without their versions, and the versions decide what may be linked.
  const { imports, exports } = worldOf(await componentWit(component));
  return { glue: hardenGlue(glue), modules, imports, exports };
}

/** Imports and exports of the first world in a component's WIT text. */
function worldOf(wit: string): { imports: string[]; exports: string[] } {
  const [, world = ''] = /\bworld \S+ \{([^]*?)\n\}/.exec(wit) ?? [];
  const named = (keyword: string) =>
    [...world.matchAll(new RegExp(`^  ${keyword} ([^\\s;]+);`, 'gm'))].flatMap(([, name]) => name ?? []);
  return { imports: named('import'), exports: named('export') };
}

translate(workerData as Uint8Array).then(
  (translated) => port.postMessage(translated),
  (error: unknown) => port.postMessage({ error: toPlainError(error, 'invalid-component') }),
);
