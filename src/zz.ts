import { readFile } from 'node:fs/promises';
import { translateComponent } from './sandbox/translate.ts';
const poc = Buffer.from((await readFile('/tmp/poc/g.wasm')).toString('latin1').replaceAll('@0.3.0', '@0.2.0'), 'latin1');
const one = async (name: string, bytes: Uint8Array) => { const t = performance.now(); console.log(name, await translateComponent(bytes).then((x) => x.imports.length, (e: unknown) => String(e)), (performance.now() - t).toFixed(0)); };
await one('poc', poc);
for (const f of ['test/guests/wasi-http/guest.wasm', 'test/guests/wasi-preview1/guest.wasm', '/tmp/fetch.wasm', 'components/build/image-classifier.wasm', 'components/build/speech-transcriber.wasm', '/tmp/twov/g.wasm']) await one(f, await readFile(f));
