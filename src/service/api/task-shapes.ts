/**
 * Inputs and answers of Hugging Face's tasks, by kinds of values: a component must describe them to be served under the name
 * of one. https://huggingface.co/docs/inference-providers/tasks has the requests and answers.
 */
import type { PredictionTask } from '../../repository/task-names.ts';
import type { InputDescription, InputKind, OutputKind } from './predictions.ts';

export interface TaskShape {
  /** An input for each of these, in this order; every other input must be optional, or named in `besides`. */
  readonly inputs: readonly TaskInput[];
  /** Inputs that clients give among the parameters. */
  readonly besides?: readonly string[];
  /** Kinds of the first output, which is the answer. */
  readonly answer: readonly OutputKind[];
  /** The JSON around an answer of text, media or labels. */
  readonly form?: AnswerForm;
  /** Whether `inputs` is a table, which the Python client sends by another name. */
  readonly table?: boolean;
  /** Whether a streamed answer of text has an event for each part that is added. */
  readonly tokens?: boolean;
}

export interface TaskInput {
  readonly kinds: readonly InputKind[];
  /** Where a request has several: its key there, and the input's own name. */
  readonly name?: string;
}

/** `generated_text`: an object with that key; in a list where `list` says so. */
export type AnswerForm =
  | { readonly kind: 'text'; readonly key: string; readonly list: boolean }
  /** Labels, as the one answer in a list of answers. */
  | { readonly kind: 'nested-labels' }
  /** A sound in base64, as the one part in a list of parts. */
  | { readonly kind: 'sound-parts' };

const picture = { kinds: ['picture', 'file'] } as const;
const sound = { kinds: ['sound', 'file'] } as const;
const text = { kinds: ['text'] } as const;
const table = { kinds: ['json', 'file', 'text', 'tensor'] } as const;
const labelled = ['candidate_labels'] as const;

function named(name: string, input: TaskInput): TaskInput {
  return { ...input, name };
}

const TASK_SHAPES: Readonly<Record<Exclude<PredictionTask, 'prediction'>, TaskShape>> = {
  'audio-classification': { inputs: [sound], answer: ['labels', 'json'] },
  'audio-to-audio': { inputs: [sound], answer: ['media', 'json'], form: { kind: 'sound-parts' } },
  'automatic-speech-recognition': {
    inputs: [sound],
    answer: ['text', 'json'],
    form: textForm('text', false),
  },
  'depth-estimation': { inputs: [picture], answer: ['json', 'media'] },
  'document-question-answering': {
    inputs: [named('image', picture), named('question', text)],
    answer: ['json'],
  },
  'feature-extraction': { inputs: [text], answer: ['tensor', 'json'] },
  'fill-mask': { inputs: [text], answer: ['json'] },
  'image-classification': { inputs: [picture], answer: ['labels', 'json'] },
  'image-feature-extraction': { inputs: [picture], answer: ['tensor', 'json'] },
  'image-segmentation': { inputs: [picture], answer: ['json'] },
  'image-to-image': { inputs: [picture], answer: ['media'] },
  'image-to-text': { inputs: [picture], answer: ['text', 'json'], form: textForm('generated_text', false) },
  'keypoint-detection': { inputs: [picture], answer: ['json'] },
  'mask-generation': { inputs: [picture], answer: ['json'] },
  'object-detection': { inputs: [picture], answer: ['json'] },
  'question-answering': { inputs: [named('question', text), named('context', text)], answer: ['json'] },
  'sentence-similarity': {
    inputs: [named('source_sentence', text), named('sentences', text)],
    answer: ['json', 'tensor'],
  },
  summarization: { inputs: [text], answer: ['text', 'json'], form: textForm('summary_text', true) },
  'table-question-answering': {
    inputs: [named('query', text), named('table', { kinds: ['json'] })],
    answer: ['json'],
  },
  'tabular-classification': { inputs: [table], answer: ['json', 'labels', 'tensor'], table: true },
  'tabular-regression': { inputs: [table], answer: ['json', 'tensor'], table: true },
  'text-classification': { inputs: [text], answer: ['labels', 'json'], form: { kind: 'nested-labels' } },
  'text-generation': {
    inputs: [text],
    answer: ['text', 'json'],
    form: textForm('generated_text', true),
    tokens: true,
  },
  'text-to-audio': { inputs: [text], answer: ['media'] },
  'text-to-image': { inputs: [text], answer: ['media'] },
  'text-to-speech': { inputs: [text], answer: ['media'] },
  'token-classification': { inputs: [text], answer: ['json'] },
  translation: { inputs: [text], answer: ['text', 'json'], form: textForm('translation_text', true) },
  'visual-question-answering': {
    inputs: [named('image', picture), named('question', text)],
    answer: ['json'],
  },
  'zero-shot-classification': { inputs: [text], besides: labelled, answer: ['labels', 'json'] },
  'zero-shot-image-classification': {
    inputs: [named('image', picture)],
    besides: labelled,
    answer: ['labels', 'json'],
  },
  'zero-shot-object-detection': { inputs: [picture], besides: labelled, answer: ['json'] },
};

function textForm(key: string, list: boolean): AnswerForm {
  return { kind: 'text', key, list };
}

/** Whether an input may be what a task's clients send in this place. */
export function fitsTask({ name, kind }: InputDescription, { name: wanted, kinds }: TaskInput): boolean {
  return kinds.includes(kind) && (wanted === undefined || wanted === name);
}

/** Inputs of which a request's `inputs` may itself be the value; none: it holds each by its name. */
export function wholeInputs(
  inputs: readonly InputDescription[],
  shape: TaskShape | undefined,
): readonly InputDescription[] {
  const [slot, second] = shape?.inputs ?? [];
  return slot === undefined || second !== undefined ? [] : inputs.filter((input) => fitsTask(input, slot));
}

/** Undefined for `prediction`, whose requests name every value, and for what is none of these tasks. */
export function shapeOf(task: string): TaskShape | undefined {
  return Object.hasOwn(TASK_SHAPES, task) ? TASK_SHAPES[task as keyof typeof TASK_SHAPES] : undefined;
}
