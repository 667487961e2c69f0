// Python, with the interpreter that runs it, to a component in models/.
import { componentizePython, installComponent } from 'sandpiper/toolkit';

const component = await componentizePython({ world: 'image-classifier', module: 'classifier' });
await installComponent(component, import.meta.dirname);
