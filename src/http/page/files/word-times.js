/** @import { Segment } from './subtitles.js' */
/** @typedef {{ word: string, start: number, end: number }} Word seconds */

/**
 * The words of segments without times of words: each gets the share of its segment that it has of the letters.
 *
 * @param {readonly Segment[]} segments
 * @returns {Word[]}
 */
export function estimateWords(segments) {
  return segments.flatMap(({ text, start, end }) => {
    const words = text.split(/\s+/).filter((word) => word !== '');
    const letters = words.reduce((sum, word) => sum + word.length, 0);
    let at = start;
    return words.map((word) => {
      const from = at;
      at += ((end - start) * word.length) / letters;
      return { word, start: from, end: at };
    });
  });
}
