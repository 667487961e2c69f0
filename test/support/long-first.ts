import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { SLOW } from './projects.ts';

/** The slow files first, so that none of them is left for the end, when one core has nothing to do. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is no array's
    const sorted = await super.sort(files);
    const place = ({ moduleId }: TestSpecification): number => {
      const at = SLOW.findIndex((name) => moduleId.endsWith(`/${name}`));
      return at === -1 ? SLOW.length : at;
    };
    return sorted.toSorted((a, b) => place(a) - place(b));
  }
}
