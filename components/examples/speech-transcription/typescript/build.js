// TypeScript, with the QuickJS engine that runs it, to a component in models/.
import { fileURLToPath } from 'node:url';
import { componentize } from 'componentize-qjs';
import { generateTypes, installComponent, readScript, runTool } from 'sandpiper/toolkit';

const world = 'speech-transcriber';
await generateTypes({ world, folder: 'types' });
// The compiler checks the types, and leaves JavaScript in build/.
const tsc = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript/package.json')));
runTool(process.execPath, [tsc], { install: 'npm install' });

const { component } = await componentize({
  witPath: 'wit',
  world,
  jsSource: await readScript('build/transcriber.js', { world }),
  jsPath: 'build/transcriber.js',
  sync: true,
  // An instance serves one request and is dropped with its memory.
  disableGc: true,
});
await installComponent(component, import.meta.dirname);
