/** The contents of one request, lifted from the canonical ABI as a whole before the component sees any of it. */
import { forgetReceived, takeBuffer, takeString } from '../abi/memory';
import { InputKind } from './inputs';
import { ParameterKind } from './parameters';
import { ElementType, Picture, PixelFormat, TensorValue } from './values';

/** Bytes of a `named-input` and a `named-parameter`. */
const INPUT_SIZE: usize = 64;
const PARAMETER_SIZE: usize = 24;

export class Request {
  inputs: GivenInputs = new GivenInputs();
  parameters: GivenParameters = new GivenParameters();
  private wanted: string[] = [];

  /** Private to the SDK. */
  constructor(
    inputs: usize,
    inputCount: u32,
    parameters: usize,
    parameterCount: u32,
    wanted: usize,
    wantedCount: u32,
  ) {
    for (let i: usize = 0; i < inputCount; i++) this.inputs.all.push(new GivenInput(inputs + i * INPUT_SIZE));
    for (let i: usize = 0; i < parameterCount; i++)
      this.parameters.all.push(new GivenParameter(parameters + i * PARAMETER_SIZE));
    for (let i: usize = 0; i < wantedCount; i++) this.wanted.push(stringAt(wanted + (i << 3)));
    forgetReceived();
  }

  /** Whether the caller wants an output: one that it does not want need not be computed. */
  wants(output: string): bool {
    return this.wanted.includes(output);
  }
}

/**
 * The inputs of a request by the names that the component described. `index` counts the values of a repeated one.
 * Asking for what was not given, or is of another kind, aborts: `has` and `count` tell.
 */
class GivenInputs {
  /** Private to the SDK. */
  all: GivenInput[] = [];

  count(name: string): i32 {
    let count = 0;
    for (let i = 0; i < this.all.length; i++) if (this.all[i].name == name) count++;
    return count;
  }

  has(name: string): bool {
    return this.count(name) > 0;
  }

  picture(name: string, index: i32 = 0): Picture {
    return this.find(name, index, InputKind.Picture).picture!;
  }

  /** Its length in samples; `readSound` has the samples. */
  sound(name: string, index: i32 = 0): u64 {
    return this.find(name, index, InputKind.Sound).samples;
  }

  text(name: string, index: i32 = 0): string {
    return this.find(name, index, InputKind.Text).text;
  }

  file(name: string, index: i32 = 0): Uint8Array {
    return this.find(name, index, InputKind.File).bytes!;
  }

  /** JSON text; `parseJson` reads it. */
  json(name: string, index: i32 = 0): string {
    return this.find(name, index, InputKind.Json).text;
  }

  tensor(name: string, index: i32 = 0): TensorValue {
    return this.find(name, index, InputKind.Tensor).tensor!;
  }

  private find(name: string, index: i32, kind: InputKind): GivenInput {
    for (let i = 0, at = 0; i < this.all.length; i++) {
      const given = this.all[i];
      if (given.name != name || at++ != index) continue;
      assert(given.kind == kind, `input "${name}" is of another kind`);
      return given;
    }
    throw new Error(`the request has no input "${name}" ${index}`);
  }
}

/** The parameters of a request by name; one that has no default may be missing, which `has` tells. */
class GivenParameters {
  /** Private to the SDK. */
  all: GivenParameter[] = [];

  has(name: string): bool {
    for (let i = 0; i < this.all.length; i++) if (this.all[i].name == name) return true;
    return false;
  }

  boolean(name: string): bool {
    return this.find(name, ParameterKind.Boolean).integer != 0;
  }

  integer(name: string): i64 {
    return this.find(name, ParameterKind.Integer).integer;
  }

  number(name: string): f64 {
    return this.find(name, ParameterKind.Number).number;
  }

  text(name: string): string {
    return this.find(name, ParameterKind.Text).text;
  }

  private find(name: string, kind: ParameterKind): GivenParameter {
    for (let i = 0; i < this.all.length; i++) {
      const given = this.all[i];
      if (given.name != name) continue;
      assert(given.kind == kind, `parameter "${name}" is of another kind`);
      return given;
    }
    throw new Error(`the request has no parameter "${name}"`);
  }
}

class GivenInput {
  name: string;
  kind: InputKind;
  picture: Picture | null = null;
  samples: u64 = 0;
  text: string = '';
  bytes: Uint8Array | null = null;
  tensor: TensorValue | null = null;

  constructor(at: usize) {
    this.name = stringAt(at);
    this.kind = load<u8>(at, 8);
    const value = at + 16;
    if (this.kind == InputKind.Picture) this.picture = pictureAt(value);
    else if (this.kind == InputKind.Sound) this.samples = load<u64>(value);
    else if (this.kind == InputKind.File) this.bytes = bytesAt(value);
    else if (this.kind == InputKind.Tensor) this.tensor = tensorAt(value);
    else this.text = stringAt(value);
  }
}

class GivenParameter {
  name: string;
  kind: ParameterKind;
  integer: i64 = 0;
  number: f64 = 0;
  text: string = '';

  constructor(at: usize) {
    this.name = stringAt(at);
    this.kind = load<u8>(at, 8);
    const value = at + 16;
    if (this.kind == ParameterKind.Boolean) this.integer = load<u8>(value);
    else if (this.kind == ParameterKind.Integer) this.integer = load<i64>(value);
    else if (this.kind == ParameterKind.Number) this.number = load<f64>(value);
    else this.text = stringAt(value);
  }
}

function pictureAt(at: usize): Picture {
  const picture = new Picture();
  picture.width = load<u32>(at);
  picture.height = load<u32>(at, 4);
  picture.format = <PixelFormat>load<u8>(at, 8);
  picture.pixels = bytesAt(at + 12);
  picture.originalWidth = load<u32>(at, 20);
  picture.originalHeight = load<u32>(at, 24);
  picture.left = load<f32>(at, 28);
  picture.top = load<f32>(at, 32);
  picture.scaleX = load<f32>(at, 36);
  picture.scaleY = load<f32>(at, 40);
  return picture;
}

function tensorAt(at: usize): TensorValue {
  const rank = load<u32>(at, 8);
  const shape = new Array<u32>(rank);
  memory.copy(shape.dataStart, load<usize>(at, 4), (<usize>rank) << 2);
  return new TensorValue(<ElementType>load<u8>(at), shape, bytesAt(at + 12));
}

function bytesAt(at: usize): Uint8Array {
  return Uint8Array.wrap(takeBuffer(load<usize>(at), load<usize>(at, 4)));
}

function stringAt(at: usize): string {
  return takeString(load<usize>(at), load<usize>(at, 4));
}
