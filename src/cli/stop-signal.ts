import { writeSync } from 'node:fs';

const lookEveryMs = 500;

/**
 * Resolves with the first SIGTERM or SIGINT. A second one ends the process at once, in a way that an engine thread in a
 * run cannot turn into an abort.
 *
 * @param supervisor process id of the supervising shell (supervise.ts). SIGINT and SIGHUP are then left to the shell,
 *   since a terminal sends them to both; the end of the shell counts as a signal.
 * @param launcher process id of the shell's parent, if the service shall end with it
 */
export async function stopSignal(
  supervisor?: number,
  launcher?: number,
): Promise<NodeJS.Signals | 'orphaned'> {
  return new Promise((resolve) => {
    let received = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (received) {
        writeSync(2, 'sandpiper: a second signal: work in flight was cut.\n');
        process.kill(process.pid, 'SIGKILL');
      }
      received = true;
      resolve(signal);
    };
    process.on('SIGTERM', onSignal);
    if (supervisor === undefined) {
      process.on('SIGINT', onSignal);
      return;
    }
    for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
    setInterval(() => {
      if (process.ppid !== supervisor || !isAlive(launcher)) resolve('orphaned');
    }, lookEveryMs).unref();
  });
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
