/**
 * A thread that ends its process when it has too much resident memory: `watchMemory` starts the thread, the rest of this
 * file runs in it. A limit at which allocations fail is no substitute: ONNX Runtime skips a constant whose allocation
 * fails, and would compute it in another process, whose limit is higher.
 */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

const POLL_MS = 10;
const STDERR_FD = 2;

/** Resolves once the thread watches. @param bytes most resident memory, Node's own included */
export async function watchMemory(bytes: number): Promise<void> {
  await once(new Worker(new URL(import.meta.url), { workerData: { bytes } }), 'online');
}

if (!isMainThread) {
  const { bytes } = workerData as { bytes: number };
  setInterval(() => {
    if (process.memoryUsage.rss() <= bytes) return;
    writeSync(STDERR_FD, 'out of memory\n');
    process.kill(process.pid, 'SIGKILL');
  }, POLL_MS);
}
