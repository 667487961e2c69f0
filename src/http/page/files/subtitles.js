/** @typedef {{ text: string, start: number, end: number }} Segment seconds */

/** @param {readonly Segment[]} segments */
export function toSrt(segments) {
  return segments.map((cue, index) => `${index + 1}\n${times(cue, ',')}\n${textOf(cue)}\n`).join('\n');
}

/** @param {readonly Segment[]} segments */
export function toVtt(segments) {
  return ['WEBVTT\n', ...segments.map((cue) => `${times(cue, '.')}\n${textOf(cue)}\n`)].join('\n');
}

/** @param {Segment} cue @param {string} point */
function times({ start, end }, point) {
  return `${clock(start, point)} --> ${clock(end, point)}`;
}

/** An arrow inside a cue would end it. @param {Segment} cue */
function textOf({ text }) {
  return text.trim().replaceAll(/\s+/g, ' ').replaceAll('-->', '->');
}

/** @param {number} seconds @param {string} point */
function clock(seconds, point) {
  const whole = Math.round(seconds * 1_000);
  const pad = (/** @type {number} */ value, digits = 2) => String(Math.floor(value)).padStart(digits, '0');
  return `${pad(whole / 3_600_000)}:${pad((whole / 60_000) % 60)}:${pad((whole / 1_000) % 60)}${point}${pad(whole % 1_000, 3)}`;
}
