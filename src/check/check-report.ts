/**
 * What a check of a model folder or of a component found: the document that `sandpiper check --json` prints.
 *
 * Keys are only ever added within one `format`. Sizes are bytes, times milliseconds, digests SHA-256 in
 * hexadecimal. What does not apply or could not be found out is null.
 */
import type { TensorNumbering } from '../nn/witx/tensor-type.ts';
import type { GraphSignature } from '../service/api/graph-signature.ts';
import type { ModelTask, Task } from '../service/api/tasks.ts';

export interface CheckReport {
  format: 1;
  kind: 'model' | 'component';
  /** As it was given. */
  path: string;
  /**
   * A model folder: every import is granted and the sample gave the expected answer; of a bare graph, it can be run. A
   * file alone: some model folder could serve it, namely one with what `component.needs` says, or `sandpiper run` can
   * run it.
   */
  passed: boolean;
  /** Why it did not pass: a sentence each, with its remedy. */
  problems: string[];
  component: ComponentReport | null;
  model: ModelReport | null;
  /** What the component and the service had to say during the check, in order. */
  log: LoggedLine[];
}

export interface ComponentReport {
  /** Its file, or the name of the built-in one. */
  name: string;
  /** Core modules are for `sandpiper run` alone. */
  form: 'component' | 'core-module';
  bytes: number;
  sha256: string;
  imports: ImportReport[];
  /** Interfaces and functions, with versions. */
  exports: string[];
  /** Those that its exports serve. */
  tasks: Task[];
  /** Null: `sandpiper run` cannot run it. */
  command: CommandReport | null;
  /** The ABIs of wasi:nn that it imports. More than one release of the WIT is refused. */
  nn: NnReport[];
  /** Linear memories that each instance of it has. */
  memories: SizeReport[];
  /** Tables that each instance of it has, in elements. */
  tables: SizeReport[];
  /** What model.json would have to say, beyond what it says. */
  needs: {
    /** The smallest values under `grants`. */
    grants: Record<string, unknown>;
    /** The smallest values under `limits`. */
    limits: Record<string, number>;
  };
}

export interface CommandReport {
  /** What is called: `_start`, or wasi:cli/run with its version. */
  entry: string;
  /** Those of `sandpiper run` without which some of its imports give nothing, or its memory does not fit. */
  options: string[];
}

export interface NnReport {
  /** As `wasi:nn@0.2.0-rc-2024-10-28`, `wasi_ephemeral_nn` or `wasi_nn`. */
  abi: string;
  /** Of tensor types, by the names of `--nn-tensor-types`; null: found out tensor by tensor. */
  numbering: TensorNumbering | null;
}

export interface ImportReport {
  /** With its version; of a core module, as `module.function`. */
  import: string;
  granted: boolean;
  /** The key under `grants` that decides; null for an import that needs none, and for one that none grants. */
  key: string | null;
  /** For a refused import: what to do. */
  remedy: string | null;
}

export interface SizeReport {
  /** From the start. */
  min: number;
  /** As it declares; null: as much as the limits allow. */
  max: number | null;
}

export interface ModelReport {
  name: string;
  version: number;
  /** `tensors` for a bare graph. */
  task: ModelTask;
  licence: string;
  source: string;
  /** As model.json has them, defaults filled in; empty for a bare graph. */
  grants: Record<string, unknown>;
  /** Those that are not the default. */
  limits: { name: string; value: number; default: number }[];
  /** Null where they cannot be loaded. */
  graphs: GraphReport[] | null;
  sample: {
    /** Where it has several inputs, their names; null for a bare graph, which is run on zeros. */
    file: string | null;
    expected: string | null;
    /** What the whole path made of it; null where it did not get that far, or made something else. */
    answer: string | null;
    ms: number | null;
  };
}

export interface GraphReport extends GraphSignature {
  file: string;
  bytes: number;
}

export interface LoggedLine {
  level: string;
  message: string;
}
