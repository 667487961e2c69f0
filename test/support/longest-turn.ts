import { setTimeout } from 'node:timers/promises';

/** Most work of this thread between two turns of its event loop, in ms of processor time: no more on a busy machine. */
export async function longestTurnMs(work: () => Promise<unknown>): Promise<number> {
  const used = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  };
  // What came before is over then.
  await setTimeout(50);
  let [before, longest] = [used(), 0];
  const timer = setInterval(() => {
    const now = used();
    longest = Math.max(longest, now - before);
    before = now;
  }, 1);
  await work();
  await setTimeout(5);
  clearInterval(timer);
  return longest;
}
