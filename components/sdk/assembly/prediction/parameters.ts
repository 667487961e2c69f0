/** The parameters that a component describes: one class for each kind. The host holds clients to them. */
import { storeString } from '../abi/memory';
import { storeOptionalString, storeStrings } from './ports';

/** The cases of `parameter-kind`, in the order of the contract. */
export enum ParameterKind {
  Boolean,
  Integer,
  Number,
  Text,
}

export abstract class Parameter {
  constructor(
    private name: string,
    private description: string,
    private kind: ParameterKind,
  ) {}

  /** Private to the SDK: writes `parameter` of the contract. */
  store(at: usize): void {
    storeString(at, this.name);
    storeString(at + 8, this.description);
    store<u8>(at, <u8>this.kind, 16);
    this.storeKind(at + 24);
  }

  protected abstract storeKind(at: usize): void;
}

/** Bytes of a `parameter`. */
export const PARAMETER_SIZE: usize = 72;

export class BooleanParameter extends Parameter {
  private standing: i32 = -1;

  constructor(name: string, description: string) {
    super(name, description, ParameterKind.Boolean);
  }

  withDefault(value: bool): BooleanParameter {
    this.standing = value ? 1 : 0;
    return this;
  }

  protected storeKind(at: usize): void {
    store<u8>(at, <u8>(this.standing >= 0));
    store<u8>(at, <u8>(this.standing == 1), 1);
  }
}

/** Bounds and a default, each of 16 bytes: whether it is there, and its value. */
class Range<T> {
  private minimum: T = <T>0;
  private maximum: T = <T>0;
  private standing: T = <T>0;
  private given: StaticArray<bool> = new StaticArray<bool>(3);

  least(value: T): void {
    this.minimum = value;
    this.given[0] = true;
  }

  most(value: T): void {
    this.maximum = value;
    this.given[1] = true;
  }

  otherwise(value: T): void {
    this.standing = value;
    this.given[2] = true;
  }

  store(at: usize): void {
    for (let i = 0; i < 3; i++) store<u8>(at + ((<usize>i) << 4), <u8>this.given[i]);
    store<T>(at, this.minimum, 8);
    store<T>(at, this.maximum, 24);
    store<T>(at, this.standing, 40);
  }
}

export class IntegerParameter extends Parameter {
  private range: Range<i64> = new Range<i64>();

  constructor(name: string, description: string) {
    super(name, description, ParameterKind.Integer);
  }

  atLeast(value: i64): IntegerParameter {
    this.range.least(value);
    return this;
  }

  atMost(value: i64): IntegerParameter {
    this.range.most(value);
    return this;
  }

  withDefault(value: i64): IntegerParameter {
    this.range.otherwise(value);
    return this;
  }

  protected storeKind(at: usize): void {
    this.range.store(at);
  }
}

export class NumberParameter extends Parameter {
  private range: Range<f64> = new Range<f64>();

  constructor(name: string, description: string) {
    super(name, description, ParameterKind.Number);
  }

  atLeast(value: f64): NumberParameter {
    this.range.least(value);
    return this;
  }

  atMost(value: f64): NumberParameter {
    this.range.most(value);
    return this;
  }

  withDefault(value: f64): NumberParameter {
    this.range.otherwise(value);
    return this;
  }

  protected storeKind(at: usize): void {
    this.range.store(at);
  }
}

export class TextParameter extends Parameter {
  private choices: string[] = [];
  private standing: string | null = null;

  constructor(name: string, description: string) {
    super(name, description, ParameterKind.Text);
  }

  oneOf(choices: string[]): TextParameter {
    this.choices = choices;
    return this;
  }

  withDefault(value: string): TextParameter {
    this.standing = value;
    return this;
  }

  protected storeKind(at: usize): void {
    storeStrings(at, this.choices);
    storeOptionalString(at + 8, this.standing);
  }
}
