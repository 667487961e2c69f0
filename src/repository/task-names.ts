/** Names of tasks in a manifest. */

/** Names that components of wit/prediction.wit are served under: `prediction`, or a task of Hugging Face. */
export const PREDICTION_TASKS = [
  'prediction',
  'audio-classification',
  'audio-to-audio',
  'automatic-speech-recognition',
  'depth-estimation',
  'document-question-answering',
  'feature-extraction',
  'fill-mask',
  'image-classification',
  'image-feature-extraction',
  'image-segmentation',
  'image-to-image',
  'image-to-text',
  'keypoint-detection',
  'mask-generation',
  'object-detection',
  'question-answering',
  'sentence-similarity',
  'summarization',
  'table-question-answering',
  'tabular-classification',
  'tabular-regression',
  'text-classification',
  'text-generation',
  'text-to-audio',
  'text-to-image',
  'text-to-speech',
  'token-classification',
  'translation',
  'visual-question-answering',
  'zero-shot-classification',
  'zero-shot-image-classification',
  'zero-shot-object-detection',
] as const;

/** `image-classification` is also the name of a contract of its own: which it is, the component's exports tell. */
export const COMPONENT_TASKS = ['speech-transcription', ...PREDICTION_TASKS] as const;

export type PredictionTask = (typeof PREDICTION_TASKS)[number];
export type ComponentTaskName = (typeof COMPONENT_TASKS)[number];
