/** A control group of its own with so much memory, of version 1 or 2, whichever the machine has for memory. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const V1 = '/sys/fs/cgroup/memory';
const V2 = '/sys/fs/cgroup';

export interface MemoryGroup extends Disposable {
  /** A command line that runs another inside the group. */
  readonly enter: readonly string[];
  /** Processes that the kernel has killed for want of memory. */
  oomKills(): number;
}

/** @returns why there can be none */
export function makeMemoryGroup(bytes: number): MemoryGroup | string {
  const v1 = existsSync(join(V1, 'memory.limit_in_bytes'));
  const folder = join(v1 ? V1 : V2, `sandpiper-test-${process.pid}`);
  try {
    if (!v1) writeFileSync(join(V2, 'cgroup.subtree_control'), '+memory');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, v1 ? 'memory.limit_in_bytes' : 'memory.max'), String(bytes));
  } catch (error) {
    return `no control group can be made here: ${String(error)}`;
  }
  return {
    enter: ['/bin/sh', '-c', `echo $$ >${folder}/cgroup.procs; exec "$@"`, 'sh'],
    oomKills: () => {
      const text = readFileSync(join(folder, v1 ? 'memory.oom_control' : 'memory.events'), 'utf8');
      return Number(/^oom_kill (\d+)$/m.exec(text)?.[1]);
    },
    [Symbol.dispose]: () => {
      // Processes that a failed test left behind are ended; the kernel needs a moment for it.
      for (const pid of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean))
        process.kill(Number(pid), 'SIGKILL');
      for (let tries = 0; existsSync(folder); tries += 1) {
        try {
          rmdirSync(folder);
        } catch (error) {
          if (tries === 50) throw error;
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
        }
      }
    },
  };
}
