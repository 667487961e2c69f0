/** The sample of a task that takes one file, and what is expected of it: a text. */
import { invalidModel } from '../../errors.ts';
import { isSoleFile } from '../../repository/manifest.ts';
import type { ServedComponent } from '../models/served-component.ts';
import { sampleMatches } from './sample-matches.ts';

export interface SoleSample {
  /** Its name in the model folder. */
  file: string;
  bytes: Uint8Array;
}

/** @throws SandpiperError `invalid-model` for a sample of another form */
export function soleSample({ name, folder }: ServedComponent): SoleSample {
  const { sample, task } = folder.manifest;
  const bytes = folder.sampleFiles.get('')?.[0];
  if (isSoleFile(sample) && bytes !== undefined && typeof sample.expect === 'string')
    return { file: sample.file, bytes };
  throw invalidModel(
    `Cannot serve model ${name}: the sample of ${task} is one "file", and what is expected of it one text.`,
  );
}

/** @throws SandpiperError `invalid-model` */
export function assertExpected(
  { name, folder }: ServedComponent,
  { file }: SoleSample,
  answer: string,
): void {
  const { expect } = folder.manifest.sample;
  if (typeof expect === 'string' && sampleMatches(answer, expect)) return;
  throw invalidModel(
    `Cannot serve model ${name}: its sample ${file} gave ${JSON.stringify(answer)}, and model.json expects ${JSON.stringify(expect)}; mend the model, or correct what is expected.`,
  );
}
