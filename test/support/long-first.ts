import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take ten seconds and more, the longest first. */
const LONG = [
  'sandbox/attacks',
  'accuracy/accuracy',
  'cli/run',
  'package/pack',
  'cli/check',
  'cli/serve',
  'cli/new',
  'service/long-speech',
  'cli/refusals',
  'components/example-transcribers',
  'sandbox/composed',
];

/** So that none of them is left for the end, when one core has nothing to do. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is no array's
    const sorted = await super.sort(files);
    const place = ({ moduleId }: TestSpecification): number => {
      const at = LONG.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return at === -1 ? LONG.length : at;
    };
    return sorted.toSorted((a, b) => place(a) - place(b));
  }
}
