/**
 * Runs the service as the child of a shell, which restarts it when it dies: ONNX Runtime is native code, and if it aborts
 * its process ends. The connections of requests in flight are then closed, and the port is served again after the models
 * are loaded.
 *
 * The shell replaces this process, so that supervision costs a megabyte and not a second Node.
 *
 * Guarantees:
 * - The service's memory is bounded from outside (Linux): an allocation over the bound fails, which ONNX Runtime
 *   reports as the error of one run, instead of taking the machine's last memory.
 * - A service that exits by itself, after a stop signal or because something must be fixed, is not restarted, and its
 *   exit code is passed on. Nor is one restarted that dies five times before it is ready.
 * - SIGTERM, SIGINT and SIGHUP drain the service. It is killed at a second one, and if it has not ended some seconds
 *   after its grace time.
 */
import { accessSync, constants } from 'node:fs';
import { ALLOCATOR } from '../config/allocator.ts';
import { MACHINE } from '../config/machine.ts';
import { reservedBytes } from '../config/reserved-bytes.ts';
import type { Settings } from '../config/settings.ts';
import { YOUNG_GENERATION } from '../start-thread.ts';

/** The flag to run without supervisor. */
export const UNSUPERVISED = '--no-supervise';

/** The flag with the supervisor's process id. */
export const SUPERVISOR = '--supervisor';

/**
 * The flag with the process id of the shell in which npm started the supervisor. npm passes SIGTERM only to that shell,
 * which ends at once: the service would go on as an orphan and keep its port.
 */
export const LAUNCHER = '--launcher';
const LAUNCHED_BY_NPM = process.env['npm_lifecycle_event'] !== undefined;

/** Exit code of a service that cannot go on and asks to be restarted. */
export const RESTART_EXIT_CODE = 70;

const SHELL = '/bin/sh';
const MiB = 2 ** 20;

/** Milliseconds after the grace time until a stopping service is killed. It normally ends by itself before. */
const PATIENCE_MS = 5_000;

/** Notifies the supervising shell that the service is ready. */
export function notifyReady(supervisor: number | undefined): void {
  // The process id of an ended shell may belong to another process.
  if (supervisor !== undefined && process.ppid === supervisor) process.kill(supervisor, 'SIGUSR1');
}

/** Whether the system has what {@link supervise} needs; Windows does not. */
export function canSupervise(): boolean {
  if (typeof process.execve !== 'function') return false;
  try {
    accessSync(SHELL, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Replaces this process by the supervising shell.
 *
 * @param argv like `process.argv`
 */
export function supervise(argv: readonly string[], settings: Settings): void {
  const { limits, guestThreads } = settings;
  const kibibytes = Math.floor((limits.processBytes + reservedBytes(guestThreads)) / 1024);
  const processMiB = Math.floor(limits.processBytes / MiB);
  const memoryMiB = Math.floor(MACHINE.memoryBytes / MiB);
  const parameters = {
    LIMIT: process.platform === 'linux' ? String(kibibytes) : 'unlimited',
    PATIENCE: String(Math.ceil((limits.graceMs + PATIENCE_MS) / 1000)),
    RESTART: String(RESTART_EXIT_CODE),
    HINT: `where it lacks memory, give it more than the ${memoryMiB} MiB of this machine or container, raise --process-bytes (${processMiB} MiB) or lower --guest-threads (${guestThreads}).`,
  };
  const launcher = LAUNCHED_BY_NPM ? [LAUNCHER, String(process.ppid)] : [];
  const node = [process.execPath, YOUNG_GENERATION, ...process.execArgv];
  const command = [...node, ...argv.slice(1), ...launcher, SUPERVISOR];
  process.execve?.(
    SHELL,
    ['sandpiper', '-c', SCRIPT, 'sandpiper', ...Object.values(parameters), ...command],
    { ...ALLOCATOR, ...process.env },
  );
}

/**
 * A trap interrupts `wait`, which then returns the signal's number and not the service's status, so it is repeated until
 * no trap intervenes. The service is in the terminal's process group, and leaves Ctrl-C to the shell.
 */
const SCRIPT = String.raw`
limit=$1 patience=$2 restart=$3 hint=$4
shift 4
child= stopping= killer= early=0 pause=500

# The shell's own messages about its child are discarded while it waits; these are not.
exec 3>&2
say() { printf 'sandpiper: %s\n' "$1" >&3; }

stop() {
  interrupted=1
  if [ -z "$child" ]; then stopping=1; return; fi
  if [ "$stopping" ]; then say 'a second signal: work in flight was cut.'; kill -KILL "$child"; return; fi
  stopping=1
  kill -TERM "$child"
  (
    trap 'kill "$timer"; exit' TERM
    sleep "$patience" & timer=$!
    wait "$timer"
    kill -KILL "$child"
  ) >/dev/null 2>&1 &
  killer=$!
}
trap stop TERM INT HUP
trap 'interrupted=1 ready=1' USR1

while :; do
  started=$(date +%s)
  ready= status=
  (
    [ "$limit" = unlimited ] || ulimit -d "$limit" 2>/dev/null
    exec "$@" $$ 3>&-
  ) &
  child=$!
  while :; do
    interrupted=
    wait "$child"
    code=$?
    # 127: it was waited for already.
    [ "$code" -eq 127 ] && [ "$status" ] || status=$code
    [ "$interrupted" ] || break
  done 2>/dev/null
  child=
  [ -z "$killer" ] || kill "$killer" 2>/dev/null

  signal=
  [ "$status" -le 128 ] || signal=$(kill -l $((status - 128)))
  if [ "$signal" ] && [ "$stopping" ]; then
    trap - "$signal" 2>/dev/null
    kill -s "$signal" $$
  fi
  [ -z "$stopping" ] || exit "$status"
  [ "$signal" ] || [ "$status" -eq "$restart" ] || exit "$status"

  why=an\ engine\ thread\ ended
  [ -z "$signal" ] || why=SIG$signal
  [ "$signal" != KILL ] || why='SIGKILL, as where memory runs out'
  early=$((early + 1))
  [ -z "$ready" ] || early=0
  if [ "$early" -ge 5 ]; then
    say "the service died five times before it was ready ($why): $hint"
    exit 1
  fi
  # A service that lived for a minute did not die of its start.
  [ $(($(date +%s) - started)) -le 60 ] || pause=500
  say "the service died ($why); restarting it in $pause ms."
  sleep "$((pause / 1000)).$((pause % 1000))" 2>/dev/null &
  timer=$!
  wait "$timer"
  kill "$timer" 2>/dev/null
  [ -z "$stopping" ] || exit 0
  pause=$((pause * 2))
  [ "$pause" -le 30000 ] || pause=30000
done
`;
