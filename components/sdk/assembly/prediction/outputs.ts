/** The outputs that a component describes: one class for each kind. */
import { storeString } from '../abi/memory';
import { storeOptionalString, storeStrings, storeTensorPort } from './ports';
import { ElementType } from './values';

/** The cases of `output-kind` and of `output-value`, in the order of the contract. */
export enum OutputKind {
  Json,
  Text,
  Labels,
  Tensor,
  Media,
}

export abstract class Output {
  private leftOut: bool = false;

  constructor(
    private name: string,
    private description: string,
    private kind: OutputKind,
  ) {}

  /** An answer may leave it out. */
  optional(): Output {
    this.leftOut = true;
    return this;
  }

  /** Private to the SDK: writes `output` of the contract. */
  store(at: usize): void {
    storeString(at, this.name);
    storeString(at + 8, this.description);
    store<u8>(at, <u8>this.kind, 16);
    this.storeKind(at + 20);
    store<u8>(at, <u8>this.leftOut, 32);
  }

  protected storeKind(_at: usize): void {}
}

/** Bytes of an `output`. */
export const OUTPUT_SIZE: usize = 36;

/** With a JSON schema, an answer that does not fit it fails. */
export class JsonOutput extends Output {
  constructor(
    name: string,
    description: string,
    private schema: string | null = null,
  ) {
    super(name, description, OutputKind.Json);
  }

  protected storeKind(at: usize): void {
    storeOptionalString(at, this.schema);
  }
}

export class TextOutput extends Output {
  constructor(name: string, description: string) {
    super(name, description, OutputKind.Text);
  }
}

export class LabelsOutput extends Output {
  constructor(name: string, description: string) {
    super(name, description, OutputKind.Labels);
  }
}

export class TensorOutput extends Output {
  /** @param shape sizes, `ANY_SIZE` among them */
  constructor(
    name: string,
    description: string,
    private elementType: ElementType,
    private shape: i64[],
  ) {
    super(name, description, OutputKind.Tensor);
  }

  protected storeKind(at: usize): void {
    storeTensorPort(at, this.elementType, this.shape);
  }
}

export class MediaOutput extends Output {
  /** @param mediaTypes that may come, such as `image/png` */
  constructor(
    name: string,
    description: string,
    private mediaTypes: string[],
  ) {
    super(name, description, OutputKind.Media);
  }

  protected storeKind(at: usize): void {
    storeStrings(at, this.mediaTypes);
  }
}
