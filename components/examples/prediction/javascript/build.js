// JavaScript, with the QuickJS engine that runs it, to a component in models/.
import { readFile } from 'node:fs/promises';
import { componentize } from 'componentize-qjs';
import { generateTypes, installComponent } from 'sandpiper/toolkit';

const world = 'predictor';
// What an editor knows of the modules that are imported.
await generateTypes({ world, folder: 'types' });
const { component } = await componentize({
  witPath: 'wit',
  world,
  jsSource: await readFile('predictor.js', 'utf8'),
  jsPath: 'predictor.js',
  sync: true,
  // An instance serves one request and is dropped with its memory.
  disableGc: true,
});
await installComponent(component, import.meta.dirname);
