/** The components that this repository builds. */

export interface ComponentSource {
  /** Its folder here, and the name of the file built from it. */
  readonly name: string;
  /** The world in wit/ that it is made for. */
  readonly world: string;
  /** The interface of that world whose functions it exports. */
  readonly exports: string;
  /** Pages of its memory at the start. Where they suffice, the next request gets the same memory, zeroed (docs/components.md). */
  readonly initialPages?: number;
}

export const catalogue: readonly ComponentSource[] = [
  {
    name: 'image-classifier',
    world: 'image-classifier',
    exports: 'sandpiper:inference/image-classification@0.1.0',
    // The pixels of 224 x 224 and what becomes of them.
    initialPages: 16,
  },
  {
    name: 'speech-transcriber',
    world: 'live-speech-transcriber',
    exports: 'sandpiper:inference/speech-transcription@0.1.0',
  },
  {
    name: 'sound-events',
    world: 'predictor',
    exports: 'sandpiper:inference/prediction@0.1.0',
  },
  {
    name: 'text-reader',
    world: 'predictor',
    exports: 'sandpiper:inference/prediction@0.1.0',
  },
  {
    name: 'object-detector',
    world: 'predictor',
    exports: 'sandpiper:inference/prediction@0.1.0',
  },
  {
    name: 'window-classifier',
    world: 'predictor',
    exports: 'sandpiper:inference/prediction@0.1.0',
  },
];
