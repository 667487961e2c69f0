/** A systemd of its own for a test: process 1 of namespaces that end with it. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { glob, mkdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);
const BOOT_MS = 30_000;
const NAMESPACES = ['--mount', '--pid', '--uts', '--ipc', '--cgroup'];

export class Booted implements AsyncDisposable {
  readonly #init: string;
  readonly #undo: AsyncDisposable;

  private constructor(init: string, undo: AsyncDisposable) {
    this.#init = init;
    this.#undo = undo;
  }

  /**
   * @param repository what is /opt/sandpiper there
   * @param prepare writes into its /etc
   * @throws Error with its log, where systemd cannot be booted here
   */
  static async start(repository: string, prepare: (etc: string) => Promise<void>): Promise<Booted> {
    await using undo = new AsyncDisposableStack();
    const folder = undo.use(await temporaryFolder('sandpiper-systemd-'));
    const root = join(folder.path, 'root');
    await mkdir(root);
    await prepare(`${root}.etc`);
    const groups = `sandpiper-test-${process.pid}`;
    undo.defer(async () => removeGroups(groups));
    const boot = join(import.meta.dirname, 'boot.sh');
    const outer = spawn(boot, [root, repository, process.execPath, groups]);
    const ended = once(outer, 'close');
    let log = '';
    for (const stream of [outer.stdout, outer.stderr]) stream.on('data', (text) => (log += String(text)));
    undo.defer(async () => {
      // All that is in its namespaces ends with process 1, and that before the outer one.
      const init = await childOf(outer.pid);
      if (init !== '') process.kill(Number(init), 'SIGKILL');
      await ended;
    });
    const ends = performance.now() + BOOT_MS;
    while (outer.exitCode === null && performance.now() < ends) {
      const init = await childOf(outer.pid);
      if (init !== '' && (await isUp(init))) return new Booted(init, undo.move());
      await setTimeout(100);
    }
    throw new Error(`systemd did not boot: ${log}`);
  }

  /** Runs a command there. @returns what it prints */
  async run(command: string, ...args: string[]): Promise<string> {
    const { stdout } = await run('nsenter', [...NAMESPACES, '--target', this.#init, command, ...args]);
    return stdout.trim();
  }

  /** A property of a unit. */
  async show(unit: string, property: string): Promise<string> {
    return this.run('systemctl', 'show', '--property', property, '--value', unit);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#undo[Symbol.asyncDispose]();
  }
}

async function isUp(init: string): Promise<boolean> {
  const asked = ['systemctl', 'is-active', '--quiet', 'basic.target'];
  return run('nsenter', [...NAMESPACES, '--target', init, ...asked]).then(
    () => true,
    () => false,
  );
}

/** The process that is 1 in its own namespace; empty as long as there is none. */
async function childOf(pid: number | undefined): Promise<string> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const [child = ''] = children.trim().split(' ');
  const [here, there] = await Promise.all(
    ['self', child].map(async (one) => readlink(`/proc/${one}/ns/pid`).catch(() => undefined)),
  );
  return there === undefined || there === here ? '' : child;
}

async function removeGroups(name: string): Promise<void> {
  const groups = await Array.fromAsync(glob([`/sys/fs/cgroup/${name}`, `/sys/fs/cgroup/*/${name}`]));
  for (const group of groups) await run('find', [group, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', '+']);
}
