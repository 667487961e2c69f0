// AssemblyScript to a component in models/.
import asc from 'assemblyscript/asc';
import binaryen from 'assemblyscript/binaryen';
import { compileAssemblyScript, installComponent, readWit, toComponent } from 'sandpiper/toolkit';

const core = await compileAssemblyScript({
  compiler: { asc, binaryen },
  root: import.meta.dirname,
  entry: 'assembly/index.ts',
  exports: 'sandpiper:inference/speech-transcription@0.1.0',
  // Lines of the sources in what `sandpiper dev` shows of a trap.
  sourceMap: 'build/component.wasm.map',
});
const wit = await readWit('wit');
const component = await toComponent(core, { world: { wit, name: 'speech-transcriber', strings: 'utf16' } });
await installComponent(component, import.meta.dirname);
