/**
 * The service as KServe starts it: the image's command and environment, what deploy/kubernetes/kserve/serving-runtime.yaml
 * says, the storage at /mnt/models, and a root that is only read. What is another is the port, which others may have.
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../support/free-port.ts';

const root = join(import.meta.dirname, '../..');
const manifest = join(root, 'deploy/kubernetes/kserve/serving-runtime.yaml');

interface Probe {
  httpGet: { path: string };
  periodSeconds: number;
  failureThreshold: number;
}

interface Container {
  env: { name: string; value: string }[];
  readinessProbe: Probe;
  livenessProbe: Probe;
}

export interface ServingRuntime extends AsyncDisposable {
  readonly url: string;
  readonly probes: readonly string[];
}

/** Mounts of a namespace of its own: nothing of the machine is changed but an empty folder, for as long as it runs. */
const SCRIPT = `set -e
mount -t tmpfs tmpfs /mnt && mkdir /mnt/models && mount --bind "$1" /mnt/models
mount -t tmpfs tmpfs /cache
mount -o remount,bind,ro /
shift; exec "$@"`;

/** @returns undefined where mounts of its own cannot be had */
export async function startServingRuntime(
  python: string,
  models: string,
): Promise<ServingRuntime | undefined> {
  if (spawnSync('unshare', ['--mount', 'true']).status !== 0) return undefined;
  const container = await readContainer(python);
  const port = await freePort();
  const env = {
    ...(await imageVariables()),
    ...Object.fromEntries(container.env.map(({ name, value }) => [name, value])),
    SANDPIPER_PORT: String(port),
  };
  const made = !existsSync('/cache');
  if (made) await mkdir('/cache');
  const entry = [process.execPath, '--max-semi-space-size=2', join(root, 'src/cli/sandpiper.js')];
  const child = spawn(
    'unshare',
    [
      '--mount',
      '--propagation=private',
      'sh',
      '-c',
      SCRIPT,
      'sh',
      models,
      ...entry,
      'serve',
      '--no-supervise',
    ],
    { env: { ...env, PATH: process.env['PATH'] }, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const url = `http://127.0.0.1:${port}`;
  const { httpGet, periodSeconds, failureThreshold } = container.readinessProbe;
  for (let failures = 0; !(await answers(`${url}${httpGet.path}`)); failures++) {
    if (failures === failureThreshold || child.exitCode !== null) throw new Error(`it is not ready: ${log}`);
    await sleep(periodSeconds * 1_000);
  }
  return {
    url,
    probes: [httpGet.path, container.livenessProbe.httpGet.path],
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
      if (made) await rmdir('/cache');
    },
  };
}

async function readContainer(python: string): Promise<Container> {
  const code = 'import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))';
  const { stdout } = await promisify(execFile)(python, ['-c', code, manifest]);
  const { spec } = JSON.parse(stdout) as { spec: { containers: [Container] } };
  return spec.containers[0];
}

/** Environment that the Containerfile sets. */
async function imageVariables(): Promise<Record<string, string>> {
  const text = await readFile(join(root, 'deploy/image/Containerfile'), 'utf8');
  const [, variables = ''] = /^ENV (.*(?:\\\n.*)*)/m.exec(text) ?? [];
  return Object.fromEntries(
    variables
      .split(/[\s\\]+/)
      .filter((each) => each.includes('='))
      .map((each) => each.split('=', 2) as [string, string]),
  );
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}
