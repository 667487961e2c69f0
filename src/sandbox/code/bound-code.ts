/**
 * Checks the core modules of one component against the limits of compilers and instances, by reading alone, and
 * selects the functions that only a trial can judge.
 */
import { CODE_LIMITS, type CodeLimit } from '../../config/limits.ts';
import { measureFunction, type FunctionMeasures } from './measure-function.ts';
import { readModule, type ModuleCounts, type ModuleFacts } from './read-module.ts';

/** A limit of {@link CODE_LIMITS} is exceeded. */
export class OverCodeLimit extends Error {
  constructor(what: string, amount: number, limit: CodeLimit) {
    super(`${what} ${amount}, over the limit ${limit} of ${CODE_LIMITS[limit]}`);
  }
}

/** A core module and its functions to try, by their index in the code section. */
export interface ReadModule {
  module: Uint8Array;
  facts: ModuleFacts;
  toTry: ReadonlySet<number>;
}

/** V8 optimises this much in a second or two. If the modules have no more, all of their functions are tried. */
const LITTLE_CODE_BYTES = 1_048_576;

/** A function below all of these takes a compiler a fraction of a second at most. */
const HARMLESS = { bytes: 8_192, merges: 131_072, loops: 131_072 } as const;

/** Measures that have a limit, with the beginning of the message. */
const OF_FUNCTION = [
  ['bytes', 'functionBytes', 'a function of it has a length in bytes of'],
  ['locals', 'functionLocals', 'a function of it has a number of locals of'],
  ['nesting', 'functionNesting', 'a function of it has a nesting of blocks of'],
  ['values', 'functionValues', 'a function of it has on its stack a number of values of'],
  ['merges', 'functionMerges', 'a function of it has a product of branches and locals of'],
  ['loops', 'functionLoopBytes', 'a function of it has a sum of bytes in its loops of'],
] as const satisfies readonly (readonly [keyof FunctionMeasures, CodeLimit, string])[];

/** Counts that apply to each instance of a module. */
const PER_INSTANCE = ['imports', 'exports', 'globals', 'globalBytes', 'tags', 'elementSegments'] as const;

/**
 * @param instances how often each module is instantiated
 * @throws OverCodeLimit; Error if a module cannot be read
 */
export function boundCode(modules: readonly Uint8Array[], instances: readonly number[]): ReadModule[] {
  assertTotal('instances', sum(instances));
  const read = modules.map((module) => ({ module, ...readModule(module, assertCount) }));
  for (const limit of Object.keys(read[0]?.counts ?? {}) as (keyof ModuleCounts)[]) {
    const often = PER_INSTANCE.some((each) => each === limit);
    assertTotal(limit, sum(read.map(({ counts }, at) => counts[limit] * (often ? (instances[at] ?? 1) : 1))));
  }
  const bytes = sum(read.flatMap(({ defined }) => defined.map(({ body }) => body.length)));
  const totals = { merges: 0, loops: 0 };
  return read.map(({ module, ...facts }) => {
    const toTry = new Set<number>();
    for (const { params, results } of facts.types)
      assertLimit('a type of it has a number of values of', params + results, 'typeValues');
    for (const [at, { body, type }] of facts.defined.entries()) {
      // Refused before it is read.
      assertLimit(OF_FUNCTION[0][2], body.length, 'functionBytes');
      const measures = measureFunction(body, type, facts);
      for (const [measure, limit, what] of OF_FUNCTION) assertLimit(what, measures[measure], limit);
      assertTotal('merges', (totals.merges += measures.merges));
      assertTotal('loopBytes', (totals.loops += measures.loops));
      if (bytes <= LITTLE_CODE_BYTES || !isHarmless(measures)) toTry.add(at);
    }
    return { module, facts, toTry };
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function isHarmless({ bytes, merges, loops }: FunctionMeasures): boolean {
  return bytes <= HARMLESS.bytes && merges <= HARMLESS.merges && loops <= HARMLESS.loops;
}

function assertCount(limit: keyof ModuleCounts, count: number): void {
  assertLimit(`a core module of it has ${limit} in number:`, count, limit);
}

function assertTotal(limit: CodeLimit, amount: number): void {
  assertLimit(`all its core modules and their instances have ${limit} in number:`, amount, limit);
}

function assertLimit(what: string, amount: number, limit: CodeLimit): void {
  if (amount > CODE_LIMITS[limit]) throw new OverCodeLimit(what, amount, limit);
}
