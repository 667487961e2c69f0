/** Selects the boxes of the graph that are answered. */

/** Corners in pixels of the picture that the graph saw; may lie beyond its edges. */
export class Detection {
  constructor(
    /** Its place among the labels. */
    readonly label: i32,
    readonly score: f32,
    readonly left: f32,
    readonly top: f32,
    readonly right: f32,
    readonly bottom: f32,
  ) {}

  /** Intersection over union. */
  overlap(other: Detection): f32 {
    const width = min(this.right, other.right) - max(this.left, other.left);
    const height = min(this.bottom, other.bottom) - max(this.top, other.top);
    if (!(width > 0 && height > 0)) return 0;
    const shared = width * height;
    return shared / (this.area + other.area - shared);
  }

  private get area(): f32 {
    return (this.right - this.left) * (this.bottom - this.top);
  }
}

/**
 * Boxes of a score of `threshold` or more, at most `most` of them. Of boxes of one class that share more than `overlap`
 * the best one stays.
 *
 * @param scores best first
 * @param boxes four numbers for each score
 */
export function keepBest(
  scores: Float32Array,
  classes: Int32Array,
  boxes: Float32Array,
  threshold: f32,
  overlap: f32,
  most: i32,
): Detection[] {
  const kept: Detection[] = [];
  for (let i = 0; i < scores.length && kept.length < most && scores[i] >= threshold; i++) {
    const at = 4 * i;
    const label = classes[i];
    const one = new Detection(label, scores[i], boxes[at], boxes[at + 1], boxes[at + 2], boxes[at + 3]);
    if (!isKnown(one, kept, overlap)) kept.push(one);
  }
  return kept;
}

/** Whether a better box of the class has been found there. */
function isKnown(one: Detection, kept: Detection[], overlap: f32): bool {
  for (let i = 0; i < kept.length; i++)
    if (kept[i].label == one.label && kept[i].overlap(one) > overlap) return true;
  return false;
}
