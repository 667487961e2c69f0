/**
 * Watches a component's project during development: builds its sources, and reports models whose folders changed.
 *
 * Guarantees: builds run one after the other. A change during a build causes one more build, so that files written by a
 * build cause no endless loop. Models are reported after the build that changed them has ended.
 * Ownership: the creator disposes of it, which ends a running build.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { watch, type FSWatcher } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** Quiet time after a change, since editors and builds write several files, some of them twice. */
const SETTLE_MS = 100;

/** Folders of a project that only tools write. */
const NOT_SOURCES = new Set(['node_modules', 'target', 'build', 'dist', '__pycache__', 'bindings', 'types']);

export interface DevWatchOptions {
  project: string;
  /** Called with the name of a model whose folder changed. */
  onModel: (name: string) => void;
  /** Called before and after each build; `code` 0 is success. */
  onBuild: (state: 'started' | { code: number; ms: number }) => void;
}

export class DevWatch implements Disposable {
  readonly #options: DevWatchOptions;
  readonly #models = new Set<string>();
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #build: ChildProcess | undefined;
  #sourcesChanged = false;
  #again = false;
  #disposed = false;

  constructor(options: DevWatchOptions) {
    this.#options = options;
  }

  /** Builds, if the project has a script `build`, and starts to watch. */
  async start(): Promise<void> {
    await this.#runBuild();
    this.#models.clear();
    if (this.#disposed) return;
    this.#watcher = watch(this.#options.project, { recursive: true }, (_event, file) => this.#changed(file));
    // A folder may disappear while it is read.
    this.#watcher.on('error', () => undefined);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#watcher?.close();
    clearTimeout(this.#timer);
    this.#build?.kill();
  }

  #changed(file: string | null): void {
    if (file === null) return;
    const [first = '', model, ...inside] = file.split(sep);
    if (file.split(sep).some((part) => part.startsWith('.') || NOT_SOURCES.has(part))) return;
    if (first === 'models') {
      if (model !== undefined && inside.length > 0) this.#models.add(model);
    } else this.#sourcesChanged = true;
    this.#settle();
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#act(), SETTLE_MS);
  }

  async #act(): Promise<void> {
    if (this.#build !== undefined) return;
    if (this.#sourcesChanged) {
      this.#sourcesChanged = false;
      const isRepeated = this.#again;
      await this.#runBuild();
      this.#again = this.#sourcesChanged && !isRepeated;
      if (isRepeated) this.#sourcesChanged = false;
      return this.#settle();
    }
    this.#again = false;
    const models = [...this.#models];
    this.#models.clear();
    for (const name of models) this.#options.onModel(name);
  }

  async #runBuild(): Promise<void> {
    const { project, onBuild } = this.#options;
    if (!(await hasBuild(project))) return;
    const started = performance.now();
    onBuild('started');
    const { promise, resolve } = Promise.withResolvers<number>();
    // To standard error, since standard output has only the ready message.
    this.#build = spawn('npm', ['run', '--silent', 'build'], { cwd: project, stdio: ['ignore', 2, 2] });
    this.#build.once('error', () => resolve(127));
    this.#build.once('close', (code) => resolve(code ?? 1));
    const code = await promise;
    this.#build = undefined;
    onBuild({ code, ms: performance.now() - started });
  }
}

async function hasBuild(project: string): Promise<boolean> {
  try {
    const { scripts } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8')) as {
      scripts?: Record<string, string>;
    };
    return scripts?.['build'] !== undefined;
  } catch {
    return false;
  }
}
