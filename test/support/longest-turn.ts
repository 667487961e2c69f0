import { setTimeout } from 'node:timers/promises';

/** Most processor time that this thread takes without a pause, meanwhile. */
export async function longestTurnMs(work: () => Promise<unknown>): Promise<number> {
  const used = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  };
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
