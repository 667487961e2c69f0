import { h } from './dom.js';

/** @param {File} file */
export function playerView(file) {
  return h('audio', {
    controls: true,
    src: URL.createObjectURL(file),
    'aria-label': `The sound ${file.name}`,
  });
}
