/** A live Triton, to compare with: NVIDIA's server from PyPI, over the very graphs that this service is given. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { copyFile, cp, mkdir, readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Unavailable, pythonEnvironment } from './python-environment.ts';
import { temporaryFolder } from './temporary-folder.ts';

const own = join(import.meta.dirname, 'triton');

/** It may take as long to start: each model is a process of its own that imports ONNX Runtime. */
const startMs = 120_000;

/** And to stop, after which it is killed. */
const stopMs = 20_000;

export interface Triton extends AsyncDisposable {
  readonly url: string;
  /** URL of its metrics. */
  readonly metricsUrl: string;
  readonly pid: number;
}

/**
 * Serves a repository of bare graphs, `<name>/<version>/model.onnx`. Models can be loaded and unloaded.
 *
 * @throws Unavailable where Triton cannot be installed or does not start
 */
export async function startTriton(graphs: string): Promise<Triton> {
  const python = await pythonEnvironment({
    name: 'triton',
    requirements: join(own, 'requirements.txt'),
    withoutDependencies: true,
    // The processes of Triton's models load libpython, which pyenv's interpreters come without.
    pythons: ['/usr/bin/python3', 'python3'],
    probe: 'import sys, ctypes\nctypes.CDLL(f"libpython3.{sys.version_info.minor}.so.1.0")',
    size: 'Triton 2.51 and ONNX Runtime: 300 MB on disk',
  });
  await using cleanup = new AsyncDisposableStack();
  const work = cleanup.use(await temporaryFolder('sandpiper-triton-'));
  const { site, version } = await factsOf(python);
  await writeRepository(graphs, join(work.path, 'models'));
  await copyBackends(site, version, join(work.path, 'backends'));

  const [port, metricsPort] = [await freePort(), await freePort()];
  const folders = ['--model-repository', join(work.path, 'models')];
  folders.push('--backend-directory', join(work.path, 'backends'));
  const flags =
    `--http-address 127.0.0.1 --http-port ${port} --allow-grpc false ` +
    `--metrics-address 127.0.0.1 --metrics-port ${metricsPort} --allow-gpu-metrics false ` +
    '--model-control-mode explicit --load-model * --exit-timeout-secs 5';
  const child = spawn(
    join(site, 'pytriton/tritonserver/bin/tritonserver'),
    [...folders, ...flags.split(' ')],
    {
      env: {
        ...process.env,
        PATH: `${dirname(python)}:${process.env['PATH'] ?? ''}`,
        LD_LIBRARY_PATH: join(site, 'nvidia_pytriton.libs'),
      },
      stdio: ['ignore', 'ignore', 'pipe'],
      // A group of its own: should Triton die, the processes of its models would live on.
      detached: true,
    },
  );
  const ended = new AbortController();
  const exit = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  void exit.then(() => ended.abort());
  const kill = (): void => killGroup(child);
  process.once('exit', kill);
  cleanup.defer(async () => {
    child.kill('SIGTERM');
    const late = setTimeout(kill, stopMs);
    await exit;
    clearTimeout(late);
    kill();
    process.removeListener('exit', kill);
  });
  let lastWords = '';
  child.stderr.on('data', (chunk: Buffer) => (lastWords = (lastWords + chunk.toString()).slice(-4_000)));

  const url = `http://127.0.0.1:${port}`;
  if (!(await becomesReady(url, ended.signal))) {
    throw new Unavailable(`Triton did not become ready; its last words:\n${lastWords}`);
  }
  const running = cleanup.move();
  const metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
  return { url, metricsUrl, pid: child.pid ?? 0, [Symbol.asyncDispose]: async () => running.disposeAsync() };
}

/** Where packages are, and the version of Python as in 3.11. */
async function factsOf(python: string): Promise<{ site: string; version: string }> {
  const ask =
    'import sys, sysconfig; print(sysconfig.get_path("purelib"), f"3.{sys.version_info.minor}", sep="\\n")';
  const { stdout } = await promisify(execFile)(python, ['-c', ask]);
  const [site = '', version = ''] = stdout.split('\n');
  return { site, version };
}

/** Every graph with the program that runs it beside it. */
async function writeRepository(graphs: string, repository: string): Promise<void> {
  for (const name of await readdir(graphs)) {
    for (const version of await readdir(join(graphs, name))) {
      const folder = join(repository, name, version);
      await mkdir(folder, { recursive: true });
      // By its usual name, Triton would look for a backend that does not come with it.
      await copyFile(join(graphs, name, version, 'model.onnx'), join(folder, 'graph.onnx'));
      await copyFile(join(own, 'model.py'), join(folder, 'model.py'));
    }
  }
}

/** The Python backend wants the stub of one version of Python in its own folder. */
async function copyBackends(site: string, version: string, backends: string): Promise<void> {
  const server = join(site, 'pytriton/tritonserver');
  const stub = 'triton_python_backend_stub';
  await cp(join(server, 'backends'), backends, { recursive: true });
  try {
    await copyFile(join(server, 'python_backend_stubs', version, stub), join(backends, 'python', stub));
  } catch {
    throw new Unavailable(`Triton has nothing for Python ${version}`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  server.close();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

async function becomesReady(url: string, ended: AbortSignal): Promise<boolean> {
  const until = performance.now() + startMs;
  while (!ended.aborted && performance.now() < until) {
    const ready = await fetch(`${url}/v2/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return true;
    await pause(100);
  }
  return false;
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // There is none left.
  }
}
