/**
 * `npm run test:kubernetes`: kubeconform holds the manifests of deploy/kubernetes to the schemas of Kubernetes, of Knative
 * and of Prometheus' operator. KServe's are held to its own classes by `npm run test:clients`. Everything is kept
 * below .cache; where Go, Python or kubectl are missing it says so and is skipped.
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Unavailable, pythonEnvironment } from '../support/python-environment.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const cache = join(root, '.cache/kubernetes');
const manifests = join(root, 'deploy/kubernetes');

/** The oldest that the manifests are for (of which `preStop.sleep` is part without asking), and the newest there is. */
const VERSIONS = ['1.34.0', '1.37.0'];

/** Variables that kubeconform fills in for each resource. */
const FILE = '{{.ResourceKind}}{{.KindSuffix}}.json';

const CRDS = [
  ['knative.dev/serving@v0.51.0', 'config/core/300-resources/service.yaml'],
  [
    'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    'example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml',
  ],
  [
    'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    'example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml',
  ],
] as const;

try {
  const python = await pythonEnvironment({
    name: 'kubernetes',
    requirements: join(import.meta.dirname, 'requirements.txt'),
    withoutDependencies: true,
    pythons: ['python3', '/usr/bin/python3'],
    probe: 'import sys\nassert sys.version_info >= (3, 9), "Python 3.9 is needed"',
    size: 'the schemas of Kubernetes',
  });
  const kubeconform = await installKubeconform();
  const crds = await Promise.all(CRDS.map(async ([module, file]) => join(await goModule(module), file)));
  await run(python, [join(import.meta.dirname, 'crd_schemas.py'), join(cache, 'crds'), ...crds]);
  const code =
    "import importlib.util as i; print(i.find_spec('kubernetes_validate').submodule_search_locations[0])";
  const schemas = (await run(python, ['-c', code])).stdout.trim();
  const { stdout: base } = await tool('kubectl', ['kustomize', join(manifests, 'base')]);
  let failed = 0;
  for (const version of VERSIONS) {
    const core = join(await withLocalReferences(schemas, `v${version}-local-strict`), FILE);
    const custom = join(cache, 'crds', FILE);
    const locations = ['-schema-location', core, '-schema-location', custom];
    for (const [name, input, files] of [
      ['base', base, ['-']],
      ['knative', '', [join(manifests, 'knative/service.yaml')]],
    ] as const) {
      const passed = await conforms(kubeconform, [...locations, ...files], input);
      console.log(`${passed ? 'passed' : 'failed'}: ${name} under Kubernetes ${version}`);
      if (!passed) failed += 1;
    }
  }
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof Unavailable)) throw error;
  console.log(`skipped: ${error.message}`);
}

async function conforms(kubeconform: string, args: readonly string[], input: string): Promise<boolean> {
  const checking = run(kubeconform, ['-strict', '-summary', ...args]);
  checking.child.stdin?.end(input);
  try {
    await checking;
    return true;
  } catch (error) {
    console.log(String(Reflect.get(Object(error), 'stdout') || error));
    return false;
  }
}

/** The schemas name themselves, and one another, by addresses of the network. @returns a folder where they name files */
async function withLocalReferences(schemas: string, version: string): Promise<string> {
  const from = join(schemas, 'kubernetes-json-schema', version);
  const to = join(cache, version);
  await mkdir(to, { recursive: true });
  for (const file of await readdir(from)) {
    const schema = await readFile(join(from, file), 'utf8');
    await writeFile(join(to, file), schema.replaceAll('"/api/', '"').replaceAll('"$id"', '"x-id"'));
  }
  return to;
}

async function installKubeconform(): Promise<string> {
  const bin = join(cache, 'bin');
  await tool('go', ['install', 'github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0'], { GOBIN: bin });
  return join(bin, 'kubeconform');
}

/** @returns the folder of a module's sources */
async function goModule(module: string): Promise<string> {
  const { stdout } = await tool('go', ['mod', 'download', '-json', module]);
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}

async function tool(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ stdout: string }> {
  try {
    return await run(name, args, { env: { ...process.env, ...env } });
  } catch (error) {
    throw new Unavailable(`${name} ${args[0]} did not work: ${String(error)}`, { cause: error });
  }
}
