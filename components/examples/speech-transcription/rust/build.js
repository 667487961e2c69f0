// Rust to a component in models/.
import { buildRust, installComponent, toComponent } from 'sandpiper/toolkit';

const core = await buildRust('transcriber');
await installComponent(await toComponent(core), import.meta.dirname);
