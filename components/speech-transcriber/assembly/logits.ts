/** One step's output: a number for each token of the vocabulary, 32,768 of them, every step. */

/** The place of the largest value, the first of equal ones; -1 if there is none or one is not a number. */
export function largest(logits: Float32Array): i32 {
  const end = logits.dataStart + ((<usize>(logits.length & ~3)) << 2);
  let peaks = f32x4.splat(-Infinity);
  for (let at = logits.dataStart; at < end; at += 16) peaks = f32x4.max(peaks, v128.load(at));
  let peak = max(
    max(f32x4.extract_lane(peaks, 0), f32x4.extract_lane(peaks, 1)),
    max(f32x4.extract_lane(peaks, 2), f32x4.extract_lane(peaks, 3)),
  );
  for (let i = logits.length & ~3; i < logits.length; i++) peak = max(peak, logits[i]);
  if (peak == -Infinity) return -1;
  // Not a number is equal to nothing.
  const peakOfFour = f32x4.splat(peak);
  let at = logits.dataStart;
  while (at < end && !v128.any_true(f32x4.eq(v128.load(at), peakOfFour))) at += 16;
  for (let i = <i32>((at - logits.dataStart) >> 2); i < logits.length; i++) if (logits[i] == peak) return i;
  return -1;
}

/** What is further below the largest value adds nothing to the sum: 32,768 times e^-20 is below 1e-4. */
const NEGLIGIBLE: f32 = 20;

/**
 * Natural logarithm of the softmax probability of the largest value: -log(sum(exp(x - largest))).
 * Four lanes at a time; the relative error of the sum is below 1e-4.
 */
export function logProbability(logits: Float32Array, place: i32): f32 {
  const peak = f32x4.splat(logits[place]);
  const end = logits.dataStart + ((<usize>(logits.length & ~3)) << 2);
  const least = f32x4.splat(-NEGLIGIBLE);
  let sums = f32x4.splat(0);
  for (let at = logits.dataStart; at < end; at += 16) {
    const below = f32x4.sub(v128.load(at), peak);
    if (v128.any_true(f32x4.gt(below, least))) sums = f32x4.add(sums, exponential(below));
  }
  let sum =
    f32x4.extract_lane(sums, 0) +
    f32x4.extract_lane(sums, 1) +
    f32x4.extract_lane(sums, 2) +
    f32x4.extract_lane(sums, 3);
  for (let i = logits.length & ~3; i < logits.length; i++) sum += Mathf.exp(logits[i] - logits[place]);
  return -Mathf.log(sum);
}

/** e^x for x <= 0: 2^n by the exponent's bits, times 2^f by its series, for x / ln 2 = n + f. */
function exponential(x: v128): v128 {
  // Below 2^-126 the exponent's bits run out; what is left out is nothing beside the peak's own 1.
  const scaled = f32x4.max(f32x4.mul(x, f32x4.splat(1.44269504)), f32x4.splat(-126));
  const whole = f32x4.nearest(scaled);
  const t = f32x4.mul(f32x4.sub(scaled, whole), f32x4.splat(0.69314718));
  let series = f32x4.splat(1 / 120);
  series = f32x4.add(f32x4.mul(series, t), f32x4.splat(1 / 24));
  series = f32x4.add(f32x4.mul(series, t), f32x4.splat(1 / 6));
  series = f32x4.add(f32x4.mul(series, t), f32x4.splat(0.5));
  series = f32x4.add(f32x4.mul(series, t), f32x4.splat(1));
  series = f32x4.add(f32x4.mul(series, t), f32x4.splat(1));
  return i32x4.add(series, i32x4.shl(i32x4.trunc_sat_f32x4_s(whole), 23));
}
