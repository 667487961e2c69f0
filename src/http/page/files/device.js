/**
 * The camera or the microphone, which the browser asks the visitor for.
 *
 * @param {'camera' | 'microphone'} device
 * @param {MediaStreamConstraints} constraints
 * @throws {Error} in words for people
 */
export async function openDevice(device, constraints) {
  if (navigator.mediaDevices === undefined) {
    throw new Error(`Browsers give a ${device} only to pages of this machine, or over HTTPS.`);
  }
  try {
    return await navigator.mediaDevices.getUserMedia(constraints);
  } catch (error) {
    const refused = error instanceof DOMException && error.name === 'NotAllowedError';
    throw new Error(
      refused ? `The browser was not allowed to use the ${device}.` : `No ${device} was found.`,
      { cause: error },
    );
  }
}
