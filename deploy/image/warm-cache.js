// Translates the components of the models that come along into a folder: warm-cache.js FOLDER
import { openSandpiper } from '../../dist/src/index.js';

await using _ = await openSandpiper({ models: 'models', cacheDir: process.argv[2] ?? 'cache' });
