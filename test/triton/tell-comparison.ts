import { format, resolveConfig } from 'prettier';
import { statusText, type Answer } from './compare-answers.ts';

export interface Compared {
  readonly name: string;
  readonly ours: Answer;
  readonly theirs: Answer;
  readonly differs: readonly string[];
  /** Why it may be so. */
  readonly because?: string;
  /** Differences that `differences.ts` does not state. */
  readonly unexpected?: string;
}

const HEADING = '## Beside a live Triton';

/** The document with its section about the comparison as it is now. */
export async function tellComparison(markdown: string, compared: readonly Compared[]): Promise<string> {
  const [before = '', old = ''] = markdown.split(`\n${HEADING}\n`);
  const next = old.indexOf('\n## ');
  const after = next < 0 ? '' : old.slice(next);
  const alike = compared.filter(({ differs }) => differs.length === 0);
  const others = compared.filter(({ differs }) => differs.length > 0);
  const rows = others.map(
    ({ name, ours, theirs, differs, because }) =>
      `| ${name} | ${statusText(ours)} | ${statusText(theirs)} | ${inBody(differs)}${because ?? ''} |`,
  );
  const section = [
    HEADING,
    `\`npm run test:triton\` sends ${compared.length} requests, good and bad, to this service and to Triton 2.51 over the`,
    'same ONNX files, which its Python backend runs with ONNX Runtime, and compares status, body, tensors and',
    'coding; errors may have their own words. A difference that is not listed fails it.',
    '',
    `Alike are ${alike.length}: ${alike.map(({ name }) => name).join('; ')}.`,
    '',
    '| otherwise | Sandpiper | Triton | why |',
    '| --- | --- | --- | --- |',
    ...rows,
  ];
  const text = `${before.trimEnd()}\n\n${section.join('\n')}\n${after}`;
  return format(text, { ...(await resolveConfig('docs/conformance-oip.md')), parser: 'markdown' });
}

/** Details that a status does not show. */
function inBody(differs: readonly string[]): string {
  const paths = differs.filter((path) => /^[a-z]/.test(path) && !path.startsWith('no answer'));
  return paths.length === 0 ? '' : `${paths.map((path) => `\`${path}\``).join(', ')}: `;
}
