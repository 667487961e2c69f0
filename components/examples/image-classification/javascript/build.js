// JavaScript, with the QuickJS engine that runs it, to a component in models/.
import { readFile } from 'node:fs/promises';
import { componentize } from 'componentize-qjs';
import { installComponent } from 'sandpiper/toolkit';

const { component } = await componentize({
  witPath: 'wit',
  world: 'image-classifier',
  jsSource: await readFile('classifier.js', 'utf8'),
  jsPath: 'classifier.js',
  sync: true,
  // An instance serves one request and is dropped with its memory.
  disableGc: true,
});
await installComponent(component, import.meta.dirname);
