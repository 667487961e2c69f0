/**
 * A thread that ends its process when that has more memory resident than it may: `watchMemory` from outside, the rest
 * of this file inside. A limit at which allocations fail is no substitute: ONNX Runtime, for one, does without what it
 * could not compute for want of memory, and would then need it in another process, whose limit is higher.
 */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

const LOOK_EVERY_MS = 10;
const STDERR_FD = 2;

/** Watches from when it resolves. @param bytes what Node itself takes included */
export async function watchMemory(bytes: number): Promise<void> {
  await once(new Worker(new URL(import.meta.url), { workerData: { bytes } }), 'online');
}

if (!isMainThread) {
  const { bytes } = workerData as { bytes: number };
  setInterval(() => {
    if (process.memoryUsage.rss() <= bytes) return;
    writeSync(STDERR_FD, 'out of memory\n');
    process.kill(process.pid, 'SIGKILL');
  }, LOOK_EVERY_MS);
}
