/** Named values in, named values out: what models behind components of wit/prediction.wit take and give. */
import type { Datatype } from '../../element-types.ts';
import type { PlacedInput } from '../../media/placed-input.ts';
import type { FileInput, RequestOptions, Timing } from './request.ts';

/** Values of a repeated input in one request, of which each is an object in memory. */
export const MAX_VALUES = 1_024;

export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [name: string]: JsonValue };

export type JsonSchema = Readonly<Record<string, unknown>>;

/** A tensor that is the value of an input or output, which has the name. */
export interface PredictionTensor {
  datatype: Datatype;
  /** Fixed. */
  shape: readonly number[];
  /**
   * Row-major little-endian elements, BOOL one byte of 0 or 1; for BYTES a list of elements. The service takes ownership
   * of inputs: their buffers may be transferred to another thread.
   */
  data: Uint8Array | readonly Uint8Array[];
}

/** A value of an input, which comes once for each value of a repeated one. */
export type NamedInput = { readonly name: string } & (
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  | { readonly kind: 'text'; readonly text: string }
  /** As text, not yet read. */
  | { readonly kind: 'json'; readonly json: string }
  | { readonly kind: 'tensor'; readonly tensor: PredictionTensor }
);

export interface ScoredLabel {
  label: string;
  score: number;
}

/** An output as the component gave it. */
export type NamedOutput = { readonly name: string } &
  /** As text; it has been read, and fits its schema. */
  (
    | { readonly kind: 'json'; readonly json: string }
    | { readonly kind: 'text'; readonly text: string }
    /** Best first. */
    | { readonly kind: 'labels'; readonly labels: readonly ScoredLabel[] }
    | { readonly kind: 'tensor'; readonly tensor: PredictionTensor }
    | { readonly kind: 'media'; readonly mediaType: string; readonly bytes: Uint8Array }
  );

/** Values by the names of inputs, a list for a repeated one: files for pictures and sounds. */
export type PredictionInputs = Readonly<
  Record<string, FileInput | JsonValue | PredictionTensor | readonly (FileInput | PredictionTensor)[]>
>;

/** JSON as it reads, a text, labels with scores, a tensor, or a file. */
export type PredictionValue =
  | JsonValue
  | readonly ScoredLabel[]
  | PredictionTensor
  | { readonly mediaType: string; readonly bytes: Uint8Array };

export type ParameterValue = boolean | number | string;

export interface PredictOptions extends RequestOptions {
  /** Default: the highest in service. */
  version?: number | undefined;
  /** As the model describes them; those left out have their defaults. */
  parameters?: Readonly<Record<string, ParameterValue>> | undefined;
  /** Outputs to give; all of them by default. */
  outputs?: readonly string[] | undefined;
  /**
   * Told of outputs while the component works, each time whole; what is answered is what counts. What it throws, or
   * rejects with, ends the request and rejects it.
   */
  onPartial?: ((output: NamedOutput) => void) | undefined;
}

export interface PredictionAnswer {
  model: string;
  version: number;
  /** The wanted outputs, in the order of the description, without optional ones that the component left out. */
  outputs: readonly NamedOutput[];
  timing: Timing;
}

/** The answer of {@link Sandpiper.predict}. */
export interface PredictionResult<Outputs = Record<string, PredictionValue>> {
  model: string;
  version: number;
  outputs: Outputs;
  timing: Timing;
}

export type Occurrence = 'required' | 'optional' | 'repeated';

export interface TensorKind {
  readonly datatype: Datatype;
  /** -1: any size. */
  readonly shape: readonly number[];
}

export type InputDescription = {
  readonly name: string;
  readonly description: string;
  /** `repeated`: one value or more. */
  readonly occurrence: Occurrence;
} & (
  | { readonly kind: 'picture'; readonly picture: PlacedInput }
  | { readonly kind: 'sound'; readonly sampleRate: number }
  | { readonly kind: 'text' | 'file' }
  | { readonly kind: 'json'; readonly schema?: JsonSchema }
  | ({ readonly kind: 'tensor' } & TensorKind)
);
export type InputKind = InputDescription['kind'];

export type ParameterDescription = { readonly name: string; readonly description: string } & (
  | { readonly kind: 'boolean'; readonly default?: boolean }
  | {
      readonly kind: 'integer' | 'number';
      readonly minimum?: number;
      readonly maximum?: number;
      readonly default?: number;
    }
  /** Without choices any text. */
  | { readonly kind: 'text'; readonly choices?: readonly string[]; readonly default?: string }
);

export type OutputDescription = {
  readonly name: string;
  readonly description: string;
  /** The component may leave it out. */
  readonly optional: boolean;
} & (
  | { readonly kind: 'json'; readonly schema?: JsonSchema }
  | { readonly kind: 'text' | 'labels' }
  | ({ readonly kind: 'tensor' } & TensorKind)
  | { readonly kind: 'media'; readonly mediaTypes: readonly string[] }
);
export type OutputKind = OutputDescription['kind'];

/** The description that a component of the open contract gives of itself. */
export interface PredictionDescription {
  readonly inputs: readonly InputDescription[];
  readonly parameters: readonly ParameterDescription[];
  readonly outputs: readonly OutputDescription[];
}
