/**
 * Estimates what a function costs a compiler, from one pass over its instructions.
 *
 * V8's compilers copy all locals and stack values at each point where control flow splits or merges, and scan the body
 * of a loop once for each enclosing loop. So a short function can take minutes and gigabytes; these products predict it.
 */
import { PLAIN_SHAPES, PREFIXED_SHAPES } from './opcodes.ts';
import { BinaryReader } from './wasm-binary.ts';

export interface FunctionMeasures {
  bytes: number;
  /** Number of locals, parameters included. */
  locals: number;
  /** Deepest nesting of blocks. */
  nesting: number;
  /** Largest height of the value stack. */
  values: number;
  /** Sum of locals and stack values over all branches, blocks and targets, plus arguments and results of calls. */
  merges: number;
  /** Bytes of the bodies of all loops; nested loops count once per level. */
  loops: number;
}

/** Numbers of parameters and results of a function or block. */
export interface Arity {
  params: number;
  results: number;
}

/** Types that are needed to read a module's functions. */
export interface ModuleTypes {
  types: readonly Arity[];
  /** Type of each function, imported ones first. */
  functions: readonly number[];
  /** Type of each exception tag, imported ones first. */
  tags: readonly number[];
}

interface Block {
  /** Height of the stack at its beginning. */
  base: number;
  arity: Arity;
  /** Offset of a loop's body; undefined for other blocks. */
  loopStart: number | undefined;
}

const EMPTY: Arity = { params: 0, results: 0 };
const ONE_RESULT: Arity = { params: 0, results: 1 };

const EMPTY_BLOCK = 0x40;

/** @param body of one function in the code section, its locals first. @throws Error if it cannot be read */
export function measureFunction(body: Uint8Array, type: number, module: ModuleTypes): FunctionMeasures {
  const walk = new Walk(body, type, module);
  walk.run();
  return walk.measures;
}

class Walk {
  readonly measures: FunctionMeasures;
  readonly #reader: BinaryReader;
  readonly #module: ModuleTypes;
  readonly #blocks: Block[];
  #height = 0;

  constructor(body: Uint8Array, type: number, module: ModuleTypes) {
    this.#reader = new BinaryReader(body);
    this.#module = module;
    const arity = typeAt(module, type);
    let locals = arity.params;
    for (let left = this.#reader.leb(); left > 0; left--) {
      locals += this.#reader.leb();
      this.#reader.valueType();
    }
    this.#blocks = [{ base: 0, arity: { params: 0, results: arity.results }, loopStart: undefined }];
    this.measures = { bytes: body.length, locals, nesting: 0, values: 0, merges: 0, loops: 0 };
  }

  run(): void {
    while (this.#blocks.length > 0) this.#instruction(this.#reader.byte());
    if (!this.#reader.done) throw new Error('a function of it goes on after its end');
  }

  #instruction(code: number): void {
    const prefixed = PREFIXED_SHAPES.get(code);
    const sub = prefixed === undefined ? undefined : this.#reader.leb();
    const shape = sub === undefined ? PLAIN_SHAPES[code] : prefixed?.[sub];
    if (shape !== undefined) {
      const [skipImmediates, popped, pushed] = shape;
      skipImmediates(this.#reader);
      this.#change(popped, pushed);
    } else if (sub === undefined) this.#control(code);
    else throw unknown(code, sub);
  }

  #control(code: number): void {
    const reader = this.#reader;
    switch (code) {
      case 0x00: // unreachable
      case 0x0a: // throw_ref
        return this.#never();
      case 0x02: // block
      case 0x06: // try
        return this.#begin(this.#blockType());
      case 0x03: // loop
        return this.#begin(this.#blockType(), reader.offset);
      case 0x04: // if
        this.#change(1, 0);
        return this.#begin(this.#blockType());
      case 0x1f: // try_table
        return this.#tryTable();
      case 0x05: // else
        return this.#restart(this.#top.arity.params);
      case 0x07: // catch
        return this.#restart(typeAt(this.#module, this.#module.tags[reader.leb()]).params);
      case 0x19: // catch_all
        return this.#restart(0);
      case 0x18: // delegate
        reader.leb();
        return this.#end();
      case 0x0b: // end
        return this.#end();
      case 0x08: // throw
      case 0x09: // rethrow
      case 0x0c: // br
        reader.leb();
        this.#merge();
        return this.#never();
      case 0x0d: // br_if
      case 0xd5: // br_on_null
      case 0xd6: // br_on_non_null
        reader.leb();
        this.#merge();
        return this.#change(1, code === 0xd5 ? 1 : 0);
      case 0x0e: // br_table
        return this.#branchTable();
      case 0x0f: // return
        this.#merge();
        return this.#never();
      case 0x10: // call
        return this.#call(this.#module.functions[reader.leb()], 0);
      case 0x11: // call_indirect
        return this.#indirect();
      case 0x12: // return_call
        this.#call(this.#module.functions[reader.leb()], 0);
        return this.#never();
      case 0x13: // return_call_indirect
        this.#indirect();
        return this.#never();
      case 0x14: // call_ref
        return this.#call(reader.leb(), 1);
      case 0x15: // return_call_ref
        this.#call(reader.leb(), 1);
        return this.#never();
      default:
        throw unknown(code);
    }
  }

  get #top(): Block {
    const top = this.#blocks.at(-1);
    if (top === undefined) throw new Error('a function of it ends before its end');
    return top;
  }

  /** Pops and pushes. In unreachable code the stack is polymorphic and never underflows. */
  #change(taken: number, left: number): void {
    const { base } = this.#top;
    this.#height = Math.max(base, this.#height - taken) + left;
    if (this.#height > this.measures.values) this.measures.values = this.#height;
  }

  #merge(count = 1): void {
    this.measures.merges += count * (1 + this.measures.locals + this.#height);
  }

  #begin(arity: Arity, loopStart?: number): void {
    this.#merge();
    const base = Math.max(this.#top.base, this.#height - arity.params);
    this.#blocks.push({ base, arity, loopStart });
    this.#height = base;
    this.#change(0, arity.params);
    this.measures.nesting = Math.max(this.measures.nesting, this.#blocks.length - 1);
  }

  #restart(values: number): void {
    this.#merge();
    this.#height = this.#top.base;
    this.#change(0, values);
  }

  #end(): void {
    const { base, arity, loopStart } = this.#top;
    if (loopStart !== undefined) this.measures.loops += this.#reader.offset - loopStart;
    this.#blocks.pop();
    this.#height = base;
    if (this.#blocks.length > 0) this.#change(0, arity.results);
  }

  #never(): void {
    this.#height = this.#top.base;
  }

  #call(type: number | undefined, more: number): void {
    const { params, results } = typeAt(this.#module, type);
    this.measures.merges += params + results;
    this.#change(params + more, results);
  }

  #indirect(): void {
    const type = this.#reader.leb();
    this.#reader.leb();
    this.#call(type, 1);
  }

  #branchTable(): void {
    const targets = this.#reader.leb() + 1;
    for (let left = targets; left > 0; left--) this.#reader.leb();
    this.#merge(targets);
    this.#never();
  }

  #tryTable(): void {
    const arity = this.#blockType();
    for (let left = this.#reader.leb(); left > 0; left--) {
      const kind = this.#reader.byte();
      if (kind < 2) this.#reader.leb();
      this.#reader.leb();
      this.#merge();
    }
    this.#begin(arity);
  }

  #blockType(): Arity {
    const first = this.#reader.peek();
    if (first === EMPTY_BLOCK) {
      this.#reader.byte();
      return EMPTY;
    }
    // A value type is a negative signed LEB128 of one byte; an index is not negative.
    if (first >= 0x40 && first < 0x80) {
      this.#reader.valueType();
      return ONE_RESULT;
    }
    return typeAt(this.#module, this.#reader.leb());
  }
}

function typeAt({ types }: ModuleTypes, index: number | undefined): Arity {
  const type = index === undefined ? undefined : types[index];
  if (type === undefined) throw new Error('a function of it names a type that there is not');
  return type;
}

function unknown(...codes: readonly number[]): Error {
  const named = codes.map((code) => `0x${code.toString(16)}`).join(' ');
  return new Error(`it has an instruction that is not known here (${named})`);
}
