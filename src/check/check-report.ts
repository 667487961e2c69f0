/**
 * The result of checking a model folder or a component: the document that `sandpiper check --json` prints.
 *
 * Keys are only ever added within one `format`. Sizes are bytes, times milliseconds, digests SHA-256 in
 * hexadecimal. Facts that do not apply or are unknown are null.
 */
import type { TensorNumbering } from '../nn/witx/tensor-type.ts';
import type { GraphSignature } from '../service/api/graph-signature.ts';
import type { PredictionDescription } from '../service/api/predictions.ts';
import type { ModelTask, Task } from '../service/api/tasks.ts';

export interface CheckReport {
  format: 1;
  kind: 'model' | 'component';
  path: string;
  /**
   * For a model folder: every import is granted and the sample gave the expected answer; for a bare graph: it can be run.
   * For a file alone: a model folder with what `component.needs` says could serve it, or `sandpiper run` can run it.
   */
  passed: boolean;
  /** Why it did not pass: one sentence each, with the remedy. */
  problems: string[];
  component: ComponentReport | null;
  model: ModelReport | null;
  /** Log lines of the component and the service during the check, in order. */
  log: LoggedLine[];
}

export interface ComponentReport {
  /** Its file, or the name of the built-in one. */
  name: string;
  /** Core modules can only be used by `sandpiper run`. */
  form: 'component' | 'core-module';
  bytes: number;
  sha256: string;
  imports: ImportReport[];
  /** Interfaces and functions, with versions. */
  exports: string[];
  /** Tasks that its exports serve. */
  tasks: Task[];
  /** Null if `sandpiper run` cannot run it. */
  command: CommandReport | null;
  /** ABIs of wasi:nn that it imports. More than one release of the WIT is refused. */
  nn: NnReport[];
  /** Linear memories of each instance. */
  memories: SizeReport[];
  /** Tables of each instance, in elements. */
  tables: SizeReport[];
  /** Additions that model.json needs. */
  needs: {
    /** The smallest values under `grants`. */
    grants: Record<string, unknown>;
    /** The smallest values under `limits`. */
    limits: Record<string, number>;
  };
}

export interface CommandReport {
  /** The function called: `_start`, or wasi:cli/run with its version. */
  entry: string;
  /** Options of `sandpiper run` that its imports or its memory need. */
  options: string[];
}

export interface NnReport {
  /** `wasi:nn@0.2.0-rc-2024-10-28`, `wasi_ephemeral_nn` or `wasi_nn`. */
  abi: string;
  /** Numbering of tensor types, named as for `--nn-tensor-types`; null if it is detected per tensor. */
  numbering: TensorNumbering | null;
}

export interface ImportReport {
  /** Name with version; `module.function` for a core module. */
  import: string;
  granted: boolean;
  /** The key under `grants` that decides; null for an import that needs no grant or that none covers. */
  key: string | null;
  /** Remedy for a refused import. */
  remedy: string | null;
}

export interface SizeReport {
  /** Initial size. */
  min: number;
  /** Declared maximum; null for as much as the limits allow. */
  max: number | null;
}

export interface ModelReport {
  name: string;
  version: number;
  /** `tensors` for a bare graph. */
  task: ModelTask;
  licence: string;
  source: string;
  /** Grants of model.json with defaults filled in; empty for a bare graph. */
  grants: Record<string, unknown>;
  /** Limits that differ from the default. */
  limits: { name: string; value: number; default: number }[];
  /** Null if they cannot be loaded. */
  graphs: GraphReport[] | null;
  /** The component's own description of its inputs and outputs; null if it is not of the open contract, or gave none. */
  describes: DescriptionReport | null;
  sample: {
    /** Where it has several inputs, their names; null for a bare graph, which is run on zeros. */
    file: string | null;
    expected: string | null;
    /** The answer; null if the sample did not run or gave another answer than expected. */
    answer: string | null;
    ms: number | null;
  };
}

export type DescriptionReport = PredictionDescription;

export interface GraphReport extends GraphSignature {
  file: string;
  bytes: number;
}

export interface LoggedLine {
  level: string;
  message: string;
}
