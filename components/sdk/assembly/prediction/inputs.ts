/** The inputs that a component describes: one class for each kind. */
import { storeString } from '../abi/memory';
import { storeOptionalString, storeTensorPort } from './ports';
import { ElementType, PixelFormat } from './values';

/** The cases of `fit`, in the order of the contract. */
export enum Fit {
  Crop,
  Pad,
  Stretch,
}

/** The cases of `filter`, in the order of the contract. */
export enum Filter {
  Nearest,
  Bilinear,
  Bicubic,
  Lanczos,
}

/** The cases of `input-kind`, in the order of the contract. */
export enum InputKind {
  Picture,
  Sound,
  Text,
  File,
  Json,
  Tensor,
}

enum Occurrence {
  Required,
  Optional,
  Repeated,
}

export abstract class Input {
  private occurrence: Occurrence = Occurrence.Required;

  constructor(
    private name: string,
    private description: string,
    private kind: InputKind,
  ) {}

  /** A request may leave it out. */
  optional(): Input {
    this.occurrence = Occurrence.Optional;
    return this;
  }

  /** A request has one or more of it. */
  repeated(): Input {
    this.occurrence = Occurrence.Repeated;
    return this;
  }

  /** Private to the SDK: writes `input` of the contract. */
  store(at: usize): void {
    storeString(at, this.name);
    storeString(at + 8, this.description);
    store<u8>(at, <u8>this.kind, 16);
    this.storeKind(at + 20);
    store<u8>(at, <u8>this.occurrence, 40);
  }

  protected storeKind(_at: usize): void {}
}

/** Bytes of an `input`. */
export const INPUT_SIZE: usize = 44;

export abstract class PictureSize {
  abstract store(at: usize): void;
}

/** Every picture comes in exactly this size; at most 4,096 a side. */
export class ExactSize extends PictureSize {
  constructor(
    private width: u32,
    private height: u32,
    private fit: Fit = Fit.Crop,
  ) {
    super();
  }

  store(at: usize): void {
    store<u8>(at, 0);
    store<u32>(at, this.width, 4);
    store<u32>(at, this.height, 8);
    store<u8>(at, <u8>this.fit, 12);
  }
}

/** The aspect ratio is kept; see `bounded-size` of the contract. */
export class BoundedSize extends PictureSize {
  constructor(
    private longestSide: u32,
    private multiple: u32 = 1,
    private enlarge: bool = false,
  ) {
    super();
  }

  store(at: usize): void {
    store<u8>(at, 1);
    store<u32>(at, this.longestSide, 4);
    store<u32>(at, this.multiple, 8);
    store<u8>(at, <u8>this.enlarge, 12);
  }
}

/** Three bytes a pixel by bilinear filtering, unless told otherwise. */
export class PictureInput extends Input {
  private filter: Filter = Filter.Bilinear;
  private format: PixelFormat = PixelFormat.Rgb8;
  private regions: bool = false;

  constructor(
    name: string,
    description: string,
    private size: PictureSize,
  ) {
    super(name, description, InputKind.Picture);
  }

  filteredBy(filter: Filter): PictureInput {
    this.filter = filter;
    return this;
  }

  /** One byte a pixel. */
  gray(): PictureInput {
    this.format = PixelFormat.Gray8;
    return this;
  }

  /** `readRegion` will be called for it. */
  withRegions(): PictureInput {
    this.regions = true;
    return this;
  }

  protected storeKind(at: usize): void {
    this.size.store(at);
    store<u8>(at, <u8>this.filter, 16);
    store<u8>(at, <u8>this.format, 17);
    store<u8>(at, <u8>this.regions, 18);
  }
}

/** Read by `readSound`. */
export class SoundInput extends Input {
  /** @param sampleRate samples a second, from 8,000 to 48,000 */
  constructor(
    name: string,
    description: string,
    private sampleRate: u32,
  ) {
    super(name, description, InputKind.Sound);
  }

  protected storeKind(at: usize): void {
    store<u32>(at, this.sampleRate);
  }
}

export class TextInput extends Input {
  constructor(name: string, description: string) {
    super(name, description, InputKind.Text);
  }
}

export class FileInput extends Input {
  constructor(name: string, description: string) {
    super(name, description, InputKind.File);
  }
}

/** With a JSON schema, what does not fit it is refused before the component sees it. */
export class JsonInput extends Input {
  constructor(
    name: string,
    description: string,
    private schema: string | null = null,
  ) {
    super(name, description, InputKind.Json);
  }

  protected storeKind(at: usize): void {
    storeOptionalString(at, this.schema);
  }
}

export class TensorInput extends Input {
  /** @param shape sizes, `ANY_SIZE` among them */
  constructor(
    name: string,
    description: string,
    private elementType: ElementType,
    private shape: i64[],
  ) {
    super(name, description, InputKind.Tensor);
  }

  protected storeKind(at: usize): void {
    storeTensorPort(at, this.elementType, this.shape);
  }
}
