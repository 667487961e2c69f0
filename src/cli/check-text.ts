import { styleText } from 'node:util';
import type {
  CheckReport,
  CommandReport,
  ComponentReport,
  ModelReport,
  NnReport,
  PortReport,
  SizeReport,
} from '../index.ts';
import { escapeControls } from '../telemetry/escape-controls.ts';
import { inputCells, outputCells, parameterCells } from './description-rows.ts';

/** Longest value of a graph's property that is shown, in characters. */
const MAX_CHARACTERS = 200;

interface Section {
  title: string;
  rows: readonly (readonly string[])[];
}

/**
 * Formats a check's report. On a terminal: a table under each title. Elsewhere: one fact per line, the title and its
 * cells separated by tabs.
 */
export function checkText(report: CheckReport, onTerminal: boolean): string {
  const { model, component, log } = report;
  const sections: Section[] = [
    ...(model === null ? [] : [headOf(model)]),
    ...(component === null ? [] : sectionsOfComponent(component)),
    ...(model === null ? [] : sectionsOfModel(model)),
    { title: 'log', rows: log.map(({ level, message }) => [level, message]) },
    { title: 'check', rows: [[report.path, report.passed ? 'passed' : 'failed']] },
  ];
  return sections
    .filter(({ rows }) => rows.length > 0)
    .map(({ title, rows }) => ({ title, rows: rows.map((row) => row.map(escapeControls)) }))
    .map(onTerminal ? asTable : asLines)
    .join('');
}

function headOf({ name, version, task, licence, source }: ModelReport): Section {
  return { title: 'model', rows: [[name, `version ${version}`, task, licence, source]] };
}

function sectionsOfComponent(component: ComponentReport): Section[] {
  const { name, form, bytes, sha256, imports, exports, tasks, command, nn, memories, tables, needs } =
    component;
  const forCommands = command !== null && tasks.length === 0;
  return [
    { title: form, rows: [[name, `${bytes} bytes`, `SHA-256 ${sha256}`]] },
    {
      title: 'import',
      rows: imports.map(({ import: imported, granted, key, remedy }) => [
        imported,
        granted ? 'granted' : 'refused',
        remedy ?? (key === null ? `to every ${forCommands ? 'command' : 'component'}` : `by grants.${key}`),
      ]),
    },
    { title: 'export', rows: exports.map((exported) => [exported]) },
    { title: 'task', rows: tasks.map((task) => [task]) },
    { title: 'command', rows: command === null ? [] : [commandCells(command)] },
    { title: 'wasi:nn', rows: nn.map(({ abi, numbering }) => [abi, numberingCell(numbering)]) },
    { title: 'memory', rows: memories.map((size) => sizeCells(size, 'bytes')) },
    { title: 'table', rows: tables.map((size) => sizeCells(size, 'elements')) },
    {
      title: 'needs',
      rows: Object.entries(needs)
        .filter(([, values]) => Object.keys(values).length > 0)
        .map(([key, values]) => [`"${key}": ${JSON.stringify(values)}`]),
    },
  ];
}

function sectionsOfModel({ graphs, describes, limits, sample }: ModelReport): Section[] {
  const graphRows = (graphs ?? []).flatMap(({ name, inputs, outputs }) => [
    ...inputs.map((port) => [name, 'input', ...portCells(port)]),
    ...outputs.map((port) => [name, 'output', ...portCells(port)]),
  ]);
  return [
    { title: 'graph', rows: graphRows },
    {
      title: 'property',
      rows: (graphs ?? []).flatMap(({ name, metadata }) =>
        Object.entries(metadata).map(([key, value]) => [name, key, beginning(value)]),
      ),
    },
    { title: 'input', rows: (describes?.inputs ?? []).map(inputCells) },
    { title: 'parameter', rows: (describes?.parameters ?? []).map(parameterCells) },
    { title: 'output', rows: (describes?.outputs ?? []).map(outputCells) },
    {
      title: 'limit',
      rows: limits.map(({ name, value, default: usual }) => [name, String(value), `default ${usual}`]),
    },
    {
      title: 'sample',
      rows:
        sample.answer === null
          ? []
          : [[sample.file ?? 'zeros', sample.answer, `${(sample.ms ?? 0).toFixed(0)} ms`]],
    },
  ];
}

/** A property may hold a whole vocabulary; `--json` has all of it. */
function beginning(value: string): string {
  return value.length > MAX_CHARACTERS ? `${value.slice(0, MAX_CHARACTERS)}…` : value;
}

function commandCells({ entry, options }: CommandReport): string[] {
  return options.length === 0 ? [entry] : [entry, `uses ${options.join(', ')}`];
}

function numberingCell(numbering: NnReport['numbering']): string {
  return numbering === null ? 'tensor types detected by their data' : `tensor types as ${numbering}`;
}

function sizeCells({ min, max }: SizeReport, unit: string): string[] {
  return [`${min} ${unit}`, max === null ? 'grows within its limit' : `at most ${max} ${unit}`];
}

/** `FP32`, `batch x 3 x 224 x 224`. */
function portCells({ name, type, elementType, shape, optional }: PortReport): string[] {
  const size = shape?.map((dimension) => dimension ?? '?').join(' x ');
  const cells = [name, type ?? elementType, size === '' ? 'scalar' : (size ?? 'any shape')];
  return optional ? [...cells, 'has a value'] : cells;
}

function asLines({ title, rows }: Section): string {
  return rows.map((row) => `${[title, ...row].join('\t')}\n`).join('');
}

function asTable({ title, rows }: Section): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) => {
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
    return `  ${coloured(line.trimEnd(), row)}\n`;
  });
  return `${styleText('bold', title, { stream: process.stdout })}\n${lines.join('')}`;
}

function coloured(line: string, row: readonly string[]): string {
  const bad = row.includes('refused') || row.includes('failed');
  return bad ? styleText('red', line, { stream: process.stdout }) : line;
}
