// JavaScript, with the QuickJS engine that runs it, to a component in models/.
import { componentize } from 'componentize-qjs';
import { generateTypes, installComponent, readScript } from 'sandpiper/toolkit';

const world = 'image-classifier';
// What an editor knows of the modules that are imported.
await generateTypes({ world, folder: 'types' });
const { component } = await componentize({
  witPath: 'wit',
  world,
  jsSource: await readScript('classifier.js', { world }),
  jsPath: 'classifier.js',
  sync: true,
  // An instance serves one request and is dropped with its memory.
  disableGc: true,
});
await installComponent(component, import.meta.dirname);
