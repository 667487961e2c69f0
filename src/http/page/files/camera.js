import { openDevice } from './device.js';
import { h } from './dom.js';

/**
 * A photo from the camera: where fingers are used, by the device's own camera; elsewhere from a small picture of what
 * the camera sees.
 *
 * @returns {Promise<File | undefined>} undefined if none was taken
 * @throws {Error} in words for people
 */
export async function takePhoto() {
  if (matchMedia('(pointer: coarse)').matches) return fromDevice();
  return fromStream(await openDevice('camera', { video: true }));
}

/** @returns {Promise<File | undefined>} */
async function fromDevice() {
  const { promise, resolve } = Promise.withResolvers();
  const input = h('input', { type: 'file', accept: 'image/*', capture: 'environment' });
  input.addEventListener('change', () => resolve(input.files?.[0]));
  input.addEventListener('cancel', () => resolve(undefined));
  input.click();
  return promise;
}

/** @param {MediaStream} stream @returns {Promise<File | undefined>} */
async function fromStream(stream) {
  const { promise, resolve } = Promise.withResolvers();
  const video = h('video', { autoplay: true, playsinline: true, 'aria-label': 'What the camera sees' });
  video.muted = true;
  video.srcObject = stream;
  const take = h(
    'button',
    { type: 'button', class: 'main', disabled: true, onclick: () => void shoot() },
    'Take it',
  );
  // Until then the picture has no size.
  video.addEventListener('loadeddata', () => take.removeAttribute('disabled'), { once: true });
  const dialog = h(
    'dialog',
    { class: 'camera', 'aria-label': 'Take a photo' },
    video,
    h(
      'div',
      { class: 'buttons' },
      take,
      h('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'),
    ),
  );
  const shoot = async () => {
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    canvas.getContext('2d')?.drawImage(video, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.92 });
    resolve(new File([blob], 'camera.jpg', { type: blob.type }));
    dialog.close();
  };
  dialog.addEventListener('close', () => {
    for (const track of stream.getTracks()) track.stop();
    dialog.remove();
    resolve(undefined);
  });
  document.body.append(dialog);
  dialog.showModal();
  return promise;
}
