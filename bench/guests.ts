/**
 * `npm run bench:guests`: what a component costs by the language that it is written in. The examples of
 * components/examples, all the same classifier, beside the reference component that comes along.
 *
 *   npm run bench:guests -- [--lang c,rust] [--requests N] [--photos DIR] [--json]
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { buildExample } from '../components/examples/build-example.ts';
import { EXAMPLES, type Example } from '../components/examples/catalogue.ts';
import { findToolchain } from '../components/examples/toolchains.ts';
import { MODEL_LIMITS, SERVICE_LIMITS } from '../src/config/limits.ts';
import { openSandpiper, type Timing } from '../src/index.ts';
import { compileComponent } from '../src/sandbox/component/compile-component.ts';
import { ComponentCache } from '../src/sandbox/component/component-cache.ts';
import { createProject } from '../src/scaffold/create-project.ts';
import { LANGUAGES, type Language } from '../src/scaffold/languages.ts';
import { COMPONENT_FILE, installComponent } from '../src/toolkit/install-component.ts';
import { instanceMaker } from './support/instance-maker.ts';
import { readInputs } from './support/inputs.ts';
import { printSection, type Row, type Section } from './support/report.ts';
import { median } from './support/statistics.ts';

const INSTANCES = 60;

interface Flags {
  lang?: string;
  requests: string;
  photos?: string;
  json?: boolean;
}

const command = new Command('bench:guests')
  .option('--lang <languages>', 'some languages, with commas between; all by default')
  .option('--requests <n>', 'requests to each component', '60')
  .option('--photos <dir>', 'photos to classify; the model’s sample by default')
  .option('--json', 'one JSON document instead of a table')
  .action(async ({ lang, requests, photos, json }: Flags) => {
    const inputs = await readInputs({ models: 'models', ...(photos !== undefined && { photos }) });
    const section: Section = {
      name: 'guests',
      title: 'The same classifier by language',
      rows: [await measureReference(inputs.photos, Number(requests))],
      findings: [],
    };
    for (const example of EXAMPLES.filter(({ task }) => task === 'image-classification')) {
      if (lang !== undefined && !lang.split(',').includes(example.language)) continue;
      const { title } = LANGUAGES[example.language];
      const component = await componentOf(example);
      if (typeof component === 'string') section.findings.push(`${title} is left out: ${component}`);
      else section.rows.push(await measureExample(example, component, inputs.photos, Number(requests)));
    }
    if (json === true) console.log(JSON.stringify([section], null, 2));
    else printSection(section);
  });

/** The component's bytes, or why there are none. */
async function componentOf(example: Example): Promise<Uint8Array | string> {
  if (example.committed) return readFile(join(example.folder, COMPONENT_FILE));
  const toolchain = findToolchain(example.language);
  return 'missing' in toolchain ? toolchain.missing : buildExample(example);
}

async function measureReference(photos: Buffer[], requests: number): Promise<Row> {
  const bytes = await readFile('components/build/image-classifier.wasm');
  const call = await measureCalls('models', 'efficientnet-lite0', photos, requests);
  return { what: 'the reference component', cells: { ...(await measureMaking(bytes, {})), ...call } };
}

async function measureExample(
  { language, task }: Example,
  component: Uint8Array,
  photos: Buffer[],
  requests: number,
): Promise<Row> {
  const folder = await mkdtemp(join(tmpdir(), 'sandpiper-bench-'));
  try {
    const project = join(folder, 'project');
    await createProject(project, { name: language, language, task });
    await installComponent(component, project);
    const making = await measureMaking(component, LANGUAGES[language]);
    const call = await measureCalls(join(project, 'models'), language, photos, requests);
    return { what: LANGUAGES[language].title, cells: { ...making, ...call } };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** From the file to a fresh instance. */
async function measureMaking(
  bytes: Uint8Array,
  { grants = {}, limits = {} }: Partial<Pick<Language, 'grants' | 'limits'>>,
): Promise<Row['cells']> {
  const folder = await mkdtemp(join(tmpdir(), 'sandpiper-bench-'));
  try {
    const cache = new ComponentCache(folder);
    const caps = { ...MODEL_LIMITS, ...limits };
    const compile = async () =>
      compileComponent(bytes, { name: 'bench', cache, limits: SERVICE_LIMITS, caps });
    const first = await timed(compile);
    const again = await timed(compile);
    using maker = await instanceMaker(again.value, grants);
    const instances: number[] = [];
    for (let index = 0; index < INSTANCES; index++) {
      instances.push((await timed(async () => maker.make())).ms);
    }
    return {
      KB: bytes.byteLength / 1000,
      'translate ms': Math.max(first.ms - again.ms, 0),
      'compile ms': again.ms,
      'instance ms': median(instances),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The component's own share of a request: without the graph, and with the glue around it. */
async function measureCalls(
  models: string,
  model: string,
  photos: Buffer[],
  requests: number,
): Promise<Row['cells']> {
  await using sandpiper = await openSandpiper({ models, logLevel: 'error' });
  const timings: Timing[] = [];
  for (let index = 0; index < requests; index++) {
    const photo = photos[index % photos.length] as Buffer;
    timings.push((await sandpiper.classify(model, photo)).timing);
  }
  return {
    'component ms': median(timings.map(({ guest, compute }) => guest - compute)),
    'request ms': median(timings.map(({ total }) => total)),
  };
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const started = performance.now();
  const value = await work();
  return { value, ms: performance.now() - started };
}

await command.parseAsync();
