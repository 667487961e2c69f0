/** `model.json`: describes a model folder and states what its component may access. */
import { z } from 'zod';
import { grantsSchema } from '../capabilities/capabilities.ts';
import { MODEL_LIMITS } from '../config/limits.ts';
import { nearName } from '../config/near-name.ts';
import { formatQuantity, quantity, unitOf } from '../config/quantity.ts';
import { builtinComponents, isBuiltin } from './builtin-components.ts';
import { manifestFaults } from './manifest-faults.ts';
import { COMPONENT_TASKS } from './task-names.ts';

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
  error: 'expected a name of letters, digits, dot, dash, underscore',
});

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'expected a SHA-256 in lower-case hexadecimal' });

/** A file of the model's folder, refused if its digest differs from a stated one. */
const file = z.strictObject({
  file: z.string().min(1).describe('path inside the model folder'),
  sha256: sha256.optional().describe('digest of the file; `sandpiper lock` writes it'),
});

const graph = file.extend({
  data: z
    .array(file)
    .optional()
    .describe("files in which the graph keeps its weights, as ONNX's external data: each that it names"),
  threads: z
    .enum(['one', 'two', 'all-when-idle'])
    .default('one')
    .describe(
      'threads of one run: "two" shares each run between two cores, for a shorter answer at the price of processor time; "all-when-idle" keeps a second session that uses every core while nothing else runs, at the price of the memory',
    ),
});

const limits = z.strictObject(
  Object.fromEntries(
    Object.entries(MODEL_LIMITS).map(([key, value]) => [
      key,
      quantity(unitOf(key), 1)
        .optional()
        .describe(`default ${formatQuantity(value, unitOf(key))}`),
    ]),
  ) as { [key in keyof typeof MODEL_LIMITS]: z.ZodOptional<ReturnType<typeof quantity>> },
);

const licence = z.string().min(1).describe('SPDX expression of the model files');
const source = z.string().min(1).describe('where the model files come from');
const labels = file.optional().describe('text file with the label of class index n in line n + 1');

const jsonValue = z.json();
const jsonSchema = z.record(z.string(), jsonValue).describe('a JSON schema of draft 2020-12 or older');

const expectations = {
  expect: z
    .union([z.string(), z.record(z.string(), jsonValue)], {
      error: 'expected a text, or what each output must be by its name',
    })
    .describe(
      'best label, or the text, where letter case and punctuation do not count; or by output name that, or JSON that the output must contain',
    ),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  tolerance: z
    .number()
    .min(0)
    .default(0.05)
    .describe(
      'of numbers that are expected: their difference, or the share of their size, that does not count',
    ),
};

/** One file, or the inputs of a component by name. */
const sampleSchema = z
  .union(
    [
      file.extend(expectations),
      z.strictObject({
        inputs: z
          .record(z.string(), z.union([file, jsonValue]))
          .describe('by input name: a file, a text or JSON; a list for one that is repeated'),
        ...expectations,
      }),
    ],
    { error: 'expected {"file": "sample.jpg", "expect": "cat"} or {"inputs": {…}, "expect": {…}}' },
  )
  .describe('an input that start-up runs through the whole path');

const builtin = name
  .refine(isBuiltin, {
    error: () => `expected one of ${builtinComponents().join(', ')}`,
  })
  .describe('a component that comes with the service');

/** A model behind a component. */
export const componentManifestSchema = z
  .strictObject({
    $schema: z.string().optional(),
    task: z
      .enum(COMPONENT_TASKS)
      .describe(
        'what `POST /models/{name}` takes and gives; "prediction" for a task that is none of the others',
      ),
    component: z
      .union([z.strictObject({ builtin }), file], {
        error: 'expected {"builtin": "image-classifier"} or {"file": "component.wasm"}',
      })
      .describe('the WebAssembly component that serves the task'),
    graphs: z.record(name, graph).describe('ONNX graphs by the names under which the component loads them'),
    assets: z.record(name, file).default({}).describe('files that the component may read, by name'),
    labels,
    config: z.record(z.string(), z.string()).default({}).describe('what wasi:config gives the component'),
    limits: limits.default({}),
    grants: grantsSchema.prefault({}),
    schemas: z
      .strictObject({
        inputs: z.record(z.string(), jsonSchema).default({}),
        outputs: z.record(z.string(), jsonSchema).default({}),
      })
      .prefault({})
      .describe(
        'JSON schemas by the names of inputs and outputs, in the place of those that the component states',
      ),
    sample: sampleSchema,
    licence,
    source,
  })
  .describe('A model behind a component, which has a task');

/** A graph without a component. */
const graphManifestSchema = z
  .strictObject({
    $schema: z.string().optional(),
    task: z.literal('tensors'),
    graph: graph.describe('the ONNX graph: clients give its inputs and get its outputs'),
    labels: labels.describe(
      'text file with the label of class n in line n + 1, for outputs with a score a class',
    ),
    limits: limits
      .pick({ deadlineMs: true, tensorBytes: true, requestTensorBytes: true, queueLength: true })
      .default({}),
    licence,
    source,
  })
  .describe('A bare graph: tensors in, tensors out');

const TASKS: readonly string[] = [...COMPONENT_TASKS, 'tensors'];
const ONE_OF_TASKS = `expected one of ${TASKS.map((known) => JSON.stringify(known)).join(', ')}, of which "prediction" is any other`;

function possibleTasks(given: unknown): string {
  const near = nearName(TASKS, String(given));
  return near === undefined ? ONE_OF_TASKS : `"${near}" is meant, perhaps`;
}

const manifestSchema = z
  .discriminatedUnion('task', [componentManifestSchema, graphManifestSchema], {
    error: ONE_OF_TASKS,
  })
  .describe('A model folder of Sandpiper');

export type ComponentManifest = z.output<typeof componentManifestSchema>;
export type GraphManifest = z.output<typeof graphManifestSchema>;
export type Manifest = ComponentManifest | GraphManifest;
export type ManifestSample = ComponentManifest['sample'];
export type ManifestFile = z.output<typeof file>;
export type ManifestGraph = z.output<typeof graph>;

export type WrittenSample = z.input<typeof sampleSchema>;

/** Whether a sample is one file, and not inputs by name: the key that its author wrote says which. */
export function isSoleFile<Sample extends WrittenSample>(
  sample: Sample,
): sample is Extract<Sample, ManifestFile> {
  return 'file' in sample;
}

/** Whether a component comes with the service, and not as a file of the folder. */
export function isBuiltinComponent(
  component: ComponentManifest['component'],
): component is Extract<ComponentManifest['component'], { builtin: string }> {
  return 'builtin' in component;
}

export function sampleFilesOf(sample: WrittenSample): ManifestFile[] {
  if (isSoleFile(sample)) return [sample];
  return Object.values(sample.inputs).flat().filter(isManifestFile);
}

/** The files among a sample's values. */
export function isManifestFile(value: unknown): value is ManifestFile {
  return file.safeParse(value).success;
}

/** The published JSON schema of `model.json`. */
export function manifestJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(manifestSchema, { io: 'input' }) as Record<string, unknown>;
}

/** A manifest, or every fault of it as a sentence: `limits.memoryBytes is "1": expected a whole number`. */
export function parseManifest(
  json: unknown,
): { success: true; manifest: Manifest } | { success: false; problem: string } {
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return { success: true, manifest: parsed.data };
  // Without a known task, the keys show which kind of manifest is meant.
  const given = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  const isBare =
    given['task'] === 'tensors' || (!TASKS.includes(String(given['task'])) && given['graph'] !== undefined);
  const schema = isBare ? graphManifestSchema : componentManifestSchema;
  const { error = parsed.error } = schema.safeParse(json);
  const faults = manifestFaults(error, json, schema).map((fault) =>
    fault.startsWith('task is ') ? fault.replace(/expected .*/, possibleTasks(given['task'])) : fault,
  );
  return { success: false, problem: faults.join('; ') };
}
