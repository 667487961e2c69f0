import { ask } from './api.js';
import { takePhoto } from './camera.js';
import { h } from './dom.js';

/** @import { Chosen } from './api.js' */
/**
 * @typedef {object} FileFieldOptions
 * @property {'picture' | 'sound' | 'file'} kind
 * @property {(chosen: Chosen) => void} onFile
 * @property {(error: unknown, retry?: () => unknown) => void} onProblem
 * @property {{ path: string, file: string } | undefined} sample
 * @property {number} maxBytes
 */

const WORDS = {
  picture: { drop: 'Drop a photo here, or paste one', accept: 'image/*' },
  sound: { drop: 'Drop a sound file here', accept: 'audio/*,.wav,.flac,.mp3,.ogg,.opus' },
  file: { drop: 'Drop a file here', accept: '' },
};

/** The sample as a file whose bytes are not here. @param {{ path: string, file: string }} sample @returns {Chosen} */
export function unreadSample({ path, file }) {
  return { file: new File([], file), samplePath: path };
}

/**
 * Where a file is chosen: dropped, pasted, looked for, taken by the camera, or the model's own sample.
 *
 * @param {FileFieldOptions} options
 */
export function fileField({ kind, onFile, onProblem, sample, maxBytes }) {
  const { drop, accept } = WORDS[kind];
  /** @param {Chosen} chosen */
  const take = (chosen) => {
    const { size, name } = chosen.file;
    if (size > maxBytes)
      onProblem(new Error(`${name} has ${megabytes(size)}, and this service takes ${megabytes(maxBytes)}.`));
    else if (size === 0) onProblem(new Error(`${name} is empty.`));
    else onFile(chosen);
  };
  /** @param {FileList | null | undefined} files */
  const takeFirst = (files) => {
    const [file] = files ?? [];
    if (file !== undefined) take({ file });
  };
  const input = h('input', {
    type: 'file',
    accept,
    hidden: true,
    onchange: () => {
      takeFirst(input.files);
      input.value = '';
    },
  });
  const takeSample = async () => {
    if (sample === undefined) return;
    try {
      const bytes = await (await ask(sample.path)).arrayBuffer();
      take({ file: new File([bytes], sample.file), samplePath: sample.path });
    } catch (error) {
      onProblem(error, takeSample);
    }
  };
  const camera = async () => {
    try {
      const file = await takePhoto();
      if (file !== undefined) take({ file });
    } catch (error) {
      onProblem(error);
    }
  };
  const zone = h(
    'div',
    { class: 'drop' },
    h('p', { class: 'drop-words' }, drop),
    h(
      'div',
      { class: 'buttons' },
      h('button', { type: 'button', onclick: () => input.click() }, 'Choose a file'),
      kind === 'picture' && h('button', { type: 'button', onclick: camera }, 'Take a photo'),
      sample !== undefined && h('button', { type: 'button', onclick: takeSample }, "Use the model's sample"),
    ),
    input,
  );
  zone.addEventListener('dragover', (event) => {
    event.preventDefault();
    zone.classList.add('over');
  });
  zone.addEventListener('dragleave', () => zone.classList.remove('over'));
  zone.addEventListener('drop', (event) => {
    event.preventDefault();
    zone.classList.remove('over');
    takeFirst(event.dataTransfer?.files);
  });
  /** @param {ClipboardEvent} event */
  const paste = (event) => {
    if (!zone.isConnected) document.removeEventListener('paste', paste);
    else takeFirst(event.clipboardData?.files);
  };
  document.addEventListener('paste', paste);
  return zone;
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
