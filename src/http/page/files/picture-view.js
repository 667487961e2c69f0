import { fill, h } from './dom.js';
import { drawMarks } from './marks.js';

/** @import { Mark } from './marks.js' */

/**
 * A picture with room for what is found in it.
 *
 * @param {File} file
 */
export function pictureView(file) {
  const url = URL.createObjectURL(file);
  const image = h('img', { src: url, alt: `The picture ${file.name}` });
  const frame = h('div', { class: 'frame' }, image);
  const view = h('figure', { class: 'picture' }, frame, h('figcaption', { class: 'dim' }, file.name));
  const decoded = image.decode().then(
    () => true,
    () => {
      fill(
        frame,
        h('p', { class: 'dim unseen' }, 'This browser cannot show this file; the service may know it.'),
      );
      return false;
    },
  );
  void decoded.then(() => URL.revokeObjectURL(url));
  return {
    view,
    draw: async (/** @type {readonly Mark[]} */ marks) => {
      if (!(await decoded) || marks.length === 0) return;
      frame.append(drawMarks(marks, image.naturalWidth, image.naturalHeight));
    },
  };
}
