const signals = ['SIGTERM', 'SIGINT'] as const;

/**
 * Resolves with the first SIGTERM or SIGINT, and where a supervisor's channel closes. A second one ends the process at once, by the only means that
 * no engine thread in the middle of a run can turn into an abort.
 */
export async function stopSignal(): Promise<NodeJS.Signals | 'disconnect'> {
  return new Promise((resolve) => {
    let received = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (received) process.kill(process.pid, 'SIGKILL');
      received = true;
      resolve(signal);
    };
    for (const signal of signals) process.on(signal, onSignal);
    process.once('disconnect', () => resolve('disconnect'));
    process.channel?.unref();
  });
}
