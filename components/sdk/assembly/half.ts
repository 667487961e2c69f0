/** IEEE 754 half precision, which AssemblyScript has no type for. */

/** The half nearest to `value` (ties to even), as its 16 bits. */
export function halfOfFloat(value: f32): u16 {
  const bits = reinterpret<u32>(value);
  const sign = (bits >> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return <u16>(sign | 0x7e00); // not a number
  if (magnitude >= 0x477ff000) return <u16>(sign | 0x7c00); // rounds beyond 65,504: infinity
  if (magnitude < 0x38800000) {
    // Below 2^-14 halves are spaced evenly: adding 0.5 leaves their count in the lowest bits, rounded.
    const steps = reinterpret<u32>(reinterpret<f32>(magnitude) + 0.5) - 0x3f000000;
    return <u16>(sign | steps);
  }
  const odd = (magnitude >> 13) & 1;
  return <u16>(sign | ((magnitude - 0x38000000 + 0xfff + odd) >> 13));
}

/** The value of the half whose bits are given; exact. */
export function floatOfHalf(half: u16): f32 {
  const sign = ((<u32>half) & 0x8000) << 16;
  const magnitude = (<u32>half) & 0x7fff;
  if (magnitude >= 0x7c00) return reinterpret<f32>(sign | 0x7f800000 | ((magnitude & 0x3ff) << 13));
  // Moving the exponent's bias by a multiplication also handles the subnormal halves.
  const scaled = reinterpret<f32>(magnitude << 13) * reinterpret<f32>(0x77800000);
  return reinterpret<f32>(sign | reinterpret<u32>(scaled));
}
