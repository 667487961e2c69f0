/** A graph by onnxruntime-node alone, in threads of its own: nothing that serves it can be faster. */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';

interface Task {
  model: string;
  input: string;
  shape: number[];
  /** Cores to a run. */
  cores: number;
  runs: number;
}

/**
 * Each of `threads` threads runs the graph over and over, on zeros.
 * @returns milliseconds of each run, and runs a second of all threads together
 */
export async function runBareGraph(
  task: Task,
  threads: number,
): Promise<{ ms: number[]; perSecond: number }> {
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL(import.meta.url), { workerData: task }),
  );
  await Promise.all(workers.map(async (worker) => once(worker, 'message')));
  const started = performance.now();
  const measured = await Promise.all(
    workers.map(async (worker) => {
      worker.postMessage('go');
      const [ms] = (await once(worker, 'message')) as [number[]];
      return ms;
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  await Promise.all(workers.map(async (worker) => worker.terminate()));
  return { ms: measured.flat(), perSecond: (threads * task.runs) / seconds };
}

async function work({ model, input, shape, cores, runs }: Task): Promise<void> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: cores });
  const values = new Float32Array(shape.reduce((product, length) => product * length));
  const run = async (): Promise<number> => {
    const started = performance.now();
    await session.run({ [input]: new Tensor('float32', values, shape) });
    return performance.now() - started;
  };
  for (let i = 0; i < 10; i++) await run();
  parentPort?.postMessage('ready');
  if (parentPort !== null) await once(parentPort, 'message');
  const ms: number[] = [];
  for (let i = 0; i < runs; i++) ms.push(await run());
  parentPort?.postMessage(ms);
}

if (!isMainThread) await work(workerData as Task);
