// JavaScript, with the QuickJS engine that runs it, to a component in models/.
import { readFile } from 'node:fs/promises';
import { componentize } from 'componentize-qjs';
import { installComponent } from 'sandpiper/toolkit';

const { component } = await componentize({
  witPath: 'wit',
  world: 'speech-transcriber',
  jsSource: await readFile('transcriber.js', 'utf8'),
  jsPath: 'transcriber.js',
  sync: true,
  // An instance serves one request and is dropped with its memory.
  disableGc: true,
});
await installComponent(component, import.meta.dirname);
