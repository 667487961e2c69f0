const lookEveryMs = 500;

/**
 * Resolves with the first SIGTERM or SIGINT. A second one ends the process at once, by the only means that no engine
 * thread in the middle of a run can turn into an abort.
 *
 * @param supervisor process id of the shell that watches over this process (supervise.ts). SIGINT and SIGHUP are then
 *   the shell's alone to hear, since a terminal sends them to both; that the shell is gone is as good as a signal.
 */
export async function stopSignal(supervisor?: number): Promise<NodeJS.Signals | 'orphaned'> {
  return new Promise((resolve) => {
    let received = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (received) process.kill(process.pid, 'SIGKILL');
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
      if (process.ppid !== supervisor) resolve('orphaned');
    }, lookEveryMs).unref();
  });
}
