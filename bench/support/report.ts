/** One section of a bench: rows side by side, a ratio, and the aim it is held against. */
import { styleText } from 'node:util';

export interface Row {
  what: string;
  /** Cells by column name: numbers carry their unit in the name. */
  cells: Record<string, number | string>;
}

export interface Section {
  name: string;
  title: string;
  rows: Row[];
  /** As `1.07 of the plain server (aim: at most 1.15)`. */
  findings: string[];
}

export function printSection(section: Section, stream: NodeJS.WriteStream = process.stdout): void {
  const style = (format: 'bold' | 'dim', text: string) => (stream.isTTY ? styleText(format, text) : text);
  const columns = [...new Set(section.rows.flatMap(({ cells }) => Object.keys(cells)))];
  const table = [
    ['', ...columns],
    ...section.rows.map(({ what, cells }) => [what, ...columns.map((c) => show(cells[c]))]),
  ];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  stream.write(`\n${style('bold', section.title)}\n`);
  for (const [index, row] of table.entries()) {
    const line = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    stream.write(`  ${index === 0 ? style('dim', line.join('  ')) : line.join('  ')}\n`);
  }
  for (const finding of section.findings) stream.write(`  → ${finding}\n`);
}

function show(value: number | string | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  return value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(2) : value.toFixed(3);
}

/** `1.07 (aim: at most 1.15, reached)` */
export function against(value: number, aim: { atMost: number } | { atLeast: number }): string {
  const [reached, words] =
    'atMost' in aim
      ? [value <= aim.atMost, `at most ${aim.atMost}`]
      : [value >= aim.atLeast, `at least ${aim.atLeast}`];
  return `${show(value)} (aim: ${words}, ${reached ? 'reached' : 'missed'})`;
}
