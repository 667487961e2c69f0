/** The Kaiser window, which makes a sinc a filter with `ATTENUATION_DB` of attenuation beyond its transition band. */

export const ATTENUATION_DB = 80;

const BETA = 0.1102 * (ATTENUATION_DB - 8.7);

/** @param x distance from the centre relative to half the window's width. Unscaled: callers normalise the taps. */
export function kaiser(x: number): number {
  const inside = 1 - x ** 2;
  return inside <= 0 ? 0 : besselI0(BETA * Math.sqrt(inside));
}

/** The modified Bessel function of the first kind and order 0, by its power series. */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-16; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
