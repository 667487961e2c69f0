/**
 * Tries work on an untrusted file where it may die: in a process of its own, with limits of time and memory.
 *
 * Guarantees: the caller's process takes no harm from whatever the file does to the code that reads it; every
 * trial ends, and its process with it, though this process should be killed meanwhile. No more trials run at one
 * time than there are cores and memory for; the others wait, and their time counts from their start.
 * Ownership: each call owns its process, which has no environment, terminal or open file of this one.
 */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
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
  /** A module that calls `answerTrial`. */
  entry: URL;
  /** Anything that `v8.serialize` takes. */
  input: unknown;
  /** Of processor time, so that what a busy machine delays is not taken for slow; a few times as much by the clock. */
  ms: number;
  /**
   * What the process may take beyond what Node itself does. Held on Linux alone: what it uses is looked at many times a
   * second, and what it may allocate in between is bounded by the system, to about a gigabyte more.
   */
  memoryBytes: number;
  /** For Node and V8. */
  flags?: readonly string[];
  /** Ends the trial when nothing waits for it any more. */
  signal?: AbortSignal;
}

export type TrialEnd<Answer> =
  | { kind: 'answer'; answer: Answer }
  /** The work itself said that it cannot be done. */
  | { kind: 'error'; error: PlainError }
  | { kind: 'over-time' }
  | { kind: 'over-memory' }
  /** By its signal. */
  | { kind: 'given-up' }
  /** By what: a signal or an exit code. */
  | { kind: 'died'; how: string };

const MiB = 2 ** 20;

/** Address space that Node reserves to write to and the system counts, before it does anything. */
const RESERVED_BYTES = 1_200 * MiB;

/** What V8, the C++ library and ONNX Runtime write before they give up for want of memory. */
const OUT_OF_MEMORY = /out of memory|allocation failed|bad_alloc|cannot allocate|heap limit/i;

/** Enough of the process's last words to find that in. */
const MAX_WORDS_BYTES = 16_384;

/** The descriptor on which the process answers: libraries may write to its standard output. */
export const ANSWER_FD = 3;

/**
 * Where the machine or container runs out of memory, it is this process that goes.
 * As the shell's arguments 0 to 1: kibibytes, and seconds of processor time after which no parent is needed to end it.
 * Where this process has narrower limits itself, those stay.
 */
const LIMITED =
  '{ echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null; ulimit -c 0; ulimit -d "$0"; ulimit -t "$1"; shift; exec "$@"';

/** There is none in some containers; what the process uses is looked at in any case. */
const SHELL = '/bin/sh';

/** Limits of time by the clock, in limits of processor time. */
const PATIENCE = 4;
const LOOK_MS = 50;

/** What the system counts in. */
const TICK_MS = 10;
const PAGE_BYTES = 4_096;

/** What Node takes of real memory before it does anything, and more. */
const NODE_BYTES = 128 * MiB;

const children = new Semaphore(MACHINE.children);

/** @throws Error only where no process can be started at all */
export async function runTrial<Answer>(trial: Trial): Promise<TrialEnd<Answer>> {
  return children.run(async () => runNow<Answer>(trial));
}

async function runNow<Answer>(trial: Trial): Promise<TrialEnd<Answer>> {
  const { signal: wanted } = trial;
  if (wanted?.aborted === true) return { kind: 'given-up' };
  const child = start(trial);
  let givenUp = false;
  const giveUp = (): void => {
    givenUp = true;
    child.kill('SIGKILL');
  };
  using _listener = onAbort(wanted, giveUp);
  const [stdin, , stderr, answers] = child.stdio as unknown as [Writable, null, Readable, Readable];
  let over: 'over-time' | 'over-memory' | undefined;
  const started = performance.now();
  const timer = setInterval(
    () => {
      over ??= overWhat(trial, performance.now() - started, usageOf(child));
      if (over !== undefined) child.kill('SIGKILL');
    },
    Math.min(LOOK_MS, trial.ms),
  );
  try {
    // A process that has died takes no input, which its end tells better.
    stdin.on('error', () => undefined).end(serialize(trial.input));
    const words = lastWords(stderr);
    const [answer, { code, signal }] = await Promise.all([buffer(answers), ended(child)]);
    if (givenUp) return { kind: 'given-up' };
    if (code === 0) return deserialize(answer) as TrialEnd<Answer>;
    if (over !== undefined) return { kind: over };
    // The system's own limit of processor time, where this process was too busy to look.
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
  const command = [
    process.execPath,
    `--max-old-space-size=${heapMiB}`,
    '--no-warnings',
    ...flags,
    fileURLToPath(entry),
  ];
  const compiled = module.getCompileCacheDir();
  const options: SpawnOptions = {
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    cwd: '/',
    env: {
      MALLOC_ARENA_MAX: '2',
      ...(compiled !== undefined && { NODE_COMPILE_CACHE: dirname(compiled) }),
    },
  };
  if (process.platform !== 'linux' || !existsSync(SHELL))
    return spawn(command[0] ?? '', command.slice(1), options);
  const kibibytes = Math.floor((memoryBytes + RESERVED_BYTES) / 1024);
  const seconds = Math.ceil(ms / 1000) + 1;
  return spawn(SHELL, ['-c', LIMITED, String(kibibytes), String(seconds), ...command], options);
}

interface Usage {
  /** Of all processors. */
  processorMs: number;
  residentBytes: number;
}

function overWhat(
  { ms, memoryBytes }: Trial,
  passedMs: number,
  usage: Usage | undefined,
): 'over-time' | 'over-memory' | undefined {
  if (usage !== undefined && usage.residentBytes > NODE_BYTES + memoryBytes) return 'over-memory';
  // Where the system does not tell, it may have had all of the time that passed.
  const usedMs = passedMs >= ms * PATIENCE ? passedMs : (usage?.processorMs ?? passedMs);
  return usedMs >= ms ? 'over-time' : undefined;
}

/** undefined where the system does not tell, or the process is gone. */
function usageOf({ pid }: ChildProcess): Usage | undefined {
  try {
    // The command's name, in brackets, may hold anything; numbers are counted from behind it.
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

async function ended(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

async function lastWords(stream: Readable): Promise<string> {
  let words = '';
  for await (const chunk of stream) words = `${words}${String(chunk)}`.slice(-MAX_WORDS_BYTES);
  return words;
}
