/** Loads the graphs named as arguments, and nothing else: the floor of any start-up. */
import { InferenceSession } from 'onnxruntime-node';

for (const path of process.argv.slice(2)) await InferenceSession.create(path);
console.log(JSON.stringify({ url: 'none', loaded: process.argv.length - 2 }));
process.once('SIGTERM', () => process.exit(0));
setInterval(() => undefined, 1_000);
