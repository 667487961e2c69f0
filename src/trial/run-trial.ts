/**
 * Tries work on an untrusted file where it may die: in a process of its own, with limits of time and memory.
 *
 * Guarantees: the caller's process takes no harm from whatever the file does to the code that reads it; every
 * trial ends, and its process with it, though this process should be killed meanwhile. No more trials run at one
 * time than there are cores and memory for; slots go round the clients, and one client leaves a slot to others if there are
 * two or more. The time of a trial counts from its start.
 * Ownership: each call owns its process, which has no environment, terminal or open file of this one.
 */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import module from 'node:module';
import { dirname } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import { onAbort } from '../async/on-abort.ts';
import { Semaphore } from '../async/semaphore.ts';
import { MACHINE } from '../config/machine.ts';
import type { PlainError } from '../errors.ts';

export interface Trial {
  /** URL of a module that calls `answerParent`. */
  entry: URL;
  /** Any value that `v8.serialize` takes. */
  input: unknown;
  /** CPU time limit, so that a busy machine does not count; {@link PATIENCE} times as much in wall time. */
  ms: number;
  /**
   * Memory that the process may take beyond Node's own. Enforced on Linux only: usage is polled many times a second, and
   * the system bounds what may be allocated in between to about a gigabyte more.
   */
  memoryBytes: number;
  /** Command line flags for Node and V8. */
  flags?: readonly string[];
  /** Ends the trial. */
  signal?: AbortSignal;
  /** The client that waits for the trial. A trial without one, of a file that is loaded, has a slot of its own. */
  client?: string | undefined;
}

export type TrialEnd<Answer> =
  | { kind: 'answer'; answer: Answer }
  /** The work threw an error. */
  | { kind: 'error'; error: PlainError }
  | { kind: 'over-time' }
  | { kind: 'over-memory' }
  /** Ended by {@link Trial.signal}. */
  | { kind: 'given-up' }
  /** Ended by a signal or with an exit code, named in `how`. */
  | { kind: 'died'; how: string };

const MiB = 2 ** 20;

/** Writable address space that Node reserves at its start, which the system counts against the limit. */
const RESERVED_BYTES = 1_200 * MiB;

/** Messages of V8, the C++ library and ONNX Runtime before they abort for lack of memory. */
const OUT_OF_MEMORY = /out of memory|allocation failed|bad_alloc|cannot allocate|heap limit/i;

/** How much of the end of standard error is searched for that. */
const STDERR_TAIL_BYTES = 16_384;

/** The descriptor on which the process answers: libraries may write to its standard output. */
export const ANSWER_FD = 3;

/**
 * Shell script that sets limits and runs the rest of its arguments. $0 is kibibytes of data; $1 is seconds of CPU time,
 * after which the system ends the process by SIGXCPU even without its parent, and a second later by SIGKILL. If the
 * machine or container runs out of memory, this process is killed first. Narrower limits of the parent stay in force.
 */
const LIMITED =
  '{ echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null; ulimit -c 0; ulimit -d "$0"; ulimit -t "$(($1 + 1))"; ulimit -S -t "$1"; shift; exec "$@"';

/** Some containers have none; usage is polled in any case. */
const SHELL = '/bin/sh';

/** Wall time limit, in multiples of the CPU time limit. */
const PATIENCE = 4;
const POLL_MS = 50;

/** Units of /proc/<pid>/stat. */
const TICK_MS = 10;
const PAGE_BYTES = 4_096;

/** Resident memory of Node itself at its start, rounded up. */
const NODE_BYTES = 128 * MiB;

const children = new Semaphore(MACHINE.children, Math.max(1, MACHINE.children - 1));

/** @throws Error only if no process can be started at all */
export async function runTrial<Answer>(trial: Trial): Promise<TrialEnd<Answer>> {
  return children.run(async () => runNow<Answer>(trial), { client: trial.client ?? randomUUID() });
}

async function runNow<Answer>(trial: Trial): Promise<TrialEnd<Answer>> {
  const { signal: wanted } = trial;
  if (wanted?.aborted === true) return { kind: 'given-up' };
  const child = start(trial);
  let givenUp = false;
  using _listener = onAbort(wanted, () => {
    givenUp = true;
    child.kill('SIGKILL');
  });
  const [stdin, , stderr, answers] = child.stdio as unknown as [Writable, null, Readable, Readable];
  let over: 'over-time' | 'over-memory' | undefined;
  const started = performance.now();
  const timer = setInterval(
    () => {
      over ??= overWhat(trial, performance.now() - started, usageOf(child));
      if (over !== undefined) child.kill('SIGKILL');
    },
    Math.min(POLL_MS, trial.ms),
  );
  try {
    // A process that has died takes no input; its exit is reported below.
    stdin.on('error', () => undefined).end(serialize(trial.input));
    const words = stderrTail(stderr);
    const [answer, exit] = await Promise.all([buffer(answers), once(child, 'exit')]);
    const [code, signal] = exit as [number | null, NodeJS.Signals | null];
    if (givenUp) return { kind: 'given-up' };
    if (code === 0) return deserialize(answer) as TrialEnd<Answer>;
    if (over !== undefined) return { kind: over };
    // The limit of `ulimit -t`, if this process was too busy to poll.
    if (signal === 'SIGXCPU') return { kind: 'over-time' };
    if (OUT_OF_MEMORY.test(await words)) return { kind: 'over-memory' };
    const how = signal === 'SIGKILL' ? 'SIGKILL, as where memory runs out' : signal;
    return { kind: 'died', how: how ?? `exit code ${code}` };
  } finally {
    clearInterval(timer);
    child.kill('SIGKILL');
  }
}

function start({ entry, ms, memoryBytes, flags = [] }: Trial): ChildProcess {
  const heapMiB = Math.max(64, Math.floor(memoryBytes / MiB));
  const args = [`--max-old-space-size=${heapMiB}`, '--no-warnings', ...flags, fileURLToPath(entry)];
  const compiled = module.getCompileCacheDir();
  const options: SpawnOptions = {
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    cwd: '/',
    env: {
      MALLOC_ARENA_MAX: '2',
      ...(compiled !== undefined && { NODE_COMPILE_CACHE: dirname(compiled) }),
    },
  };
  if (process.platform !== 'linux' || !existsSync(SHELL)) return spawn(process.execPath, args, options);
  const kibibytes = String(Math.floor((memoryBytes + RESERVED_BYTES) / 1024));
  const seconds = String(Math.ceil(ms / 1000) + 1);
  return spawn(SHELL, ['-c', LIMITED, kibibytes, seconds, process.execPath, ...args], options);
}

function overWhat(
  { ms, memoryBytes }: Trial,
  passedMs: number,
  usage: ReturnType<typeof usageOf>,
): 'over-time' | 'over-memory' | undefined {
  if (usage !== undefined && usage.residentBytes > NODE_BYTES + memoryBytes) return 'over-memory';
  // Without a reading, count all of the wall time.
  const usedMs = passedMs >= ms * PATIENCE ? passedMs : (usage?.processorMs ?? passedMs);
  return usedMs >= ms ? 'over-time' : undefined;
}

/** CPU time over all processors, and memory; undefined if there is no /proc, or the process has ended. */
function usageOf({ pid }: ChildProcess): { processorMs: number; residentBytes: number } | undefined {
  try {
    // The command's name, in brackets, may hold anything: fields are counted from after it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /, '')
      .split(' ')
      .map(Number);
    const [user = 0, system = 0] = fields.slice(11, 13);
    return { processorMs: (user + system) * TICK_MS, residentBytes: (fields[21] ?? 0) * PAGE_BYTES };
  } catch {
    return undefined;
  }
}

async function stderrTail(stream: Readable): Promise<string> {
  let words = '';
  for await (const chunk of stream) words = `${words}${String(chunk)}`.slice(-STDERR_TAIL_BYTES);
  return words;
}
