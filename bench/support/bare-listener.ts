/** YAMNet by onnxruntime-node alone, written as plainly as it goes: all windows of a sound at once. */
import { InferenceSession, Tensor } from 'onnxruntime-node';

const SAMPLE_RATE = 16_000;
const [FRAME, HOP, FFT, BANDS] = [400, 160, 512, 64];
const [PATCH, STEP] = [96, 48];
const BINS = FFT / 2 + 1;
const [LOWEST, HIGHEST] = [125, 7_500];

const WINDOW = Float32Array.from(
  { length: FRAME },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / FRAME),
);
const COSINES = Float32Array.from({ length: FFT / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / FFT));
const SINES = Float32Array.from({ length: FFT / 2 }, (_, k) => Math.sin((2 * Math.PI * k) / FFT));
const TRIANGLES = triangles();

export class BareListener {
  readonly #session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  static async load(folder: string): Promise<BareListener> {
    return new BareListener(await InferenceSession.create(`${folder}/model.onnx`));
  }

  /** Mean score of each class over the windows of 16 kHz mono samples. */
  async hear(samples: Float32Array): Promise<Float32Array> {
    const least = (PATCH - 1) * HOP + FRAME;
    const count = 1 + Math.max(0, Math.ceil((samples.length - least) / (STEP * HOP)));
    const padded = new Float32Array(least + (count - 1) * STEP * HOP);
    padded.set(samples);
    const frames = logMel(padded);
    const patches = new Float32Array(count * PATCH * BANDS);
    for (let patch = 0; patch < count; patch++) {
      const from = patch * STEP * BANDS;
      patches.set(frames.subarray(from, from + PATCH * BANDS), patch * PATCH * BANDS);
    }
    const { scores } = await this.#session.run({
      patches: new Tensor('float32', patches, [count, 1, PATCH, BANDS]),
    });
    const all = scores?.data as Float32Array;
    const classes = all.length / count;
    const means = new Float32Array(classes);
    for (let i = 0; i < all.length; i++)
      means[i % classes] = (means[i % classes] ?? 0) + (all[i] ?? 0) / count;
    return means;
  }
}

function logMel(samples: Float32Array): Float32Array {
  const count = 1 + Math.floor((samples.length - FRAME) / HOP);
  const bands = new Float32Array(count * BANDS);
  const [real, imaginary, magnitudes] = [
    new Float32Array(FFT),
    new Float32Array(FFT),
    new Float32Array(BINS),
  ];
  for (let frame = 0; frame < count; frame++) {
    real.fill(0);
    imaginary.fill(0);
    for (let i = 0; i < FRAME; i++) real[i] = (samples[frame * HOP + i] ?? 0) * (WINDOW[i] ?? 0);
    transform(real, imaginary);
    for (let k = 0; k < BINS; k++) magnitudes[k] = Math.hypot(real[k] ?? 0, imaginary[k] ?? 0);
    for (const [band, { first, weights }] of TRIANGLES.entries()) {
      let sum = 0.001;
      for (let i = 0; i < weights.length; i++) sum += (weights[i] ?? 0) * (magnitudes[first + i] ?? 0);
      bands[frame * BANDS + band] = Math.log(sum);
    }
  }
  return bands;
}

/** The discrete Fourier transform in place, by radix 2. */
function transform(real: Float32Array, imaginary: Float32Array): void {
  for (let i = 1, j = 0; i < FFT; i++) {
    let bit = FFT >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    [real[i], real[j]] = [real[j] ?? 0, real[i] ?? 0];
    [imaginary[i], imaginary[j]] = [imaginary[j] ?? 0, imaginary[i] ?? 0];
  }
  for (let half = 1; half < FFT; half <<= 1) {
    const stride = FFT / (2 * half);
    for (let start = 0; start < FFT; start += 2 * half) {
      for (let k = 0; k < half; k++) {
        const [even, odd] = [start + k, start + k + half];
        const [cosine, sine] = [COSINES[k * stride] ?? 0, SINES[k * stride] ?? 0];
        const [oddRe, oddIm] = [real[odd] ?? 0, imaginary[odd] ?? 0];
        const re = oddRe * cosine + oddIm * sine;
        const im = oddIm * cosine - oddRe * sine;
        real[odd] = (real[even] ?? 0) - re;
        imaginary[odd] = (imaginary[even] ?? 0) - im;
        real[even] = (real[even] ?? 0) + re;
        imaginary[even] = (imaginary[even] ?? 0) + im;
      }
    }
  }
}

/** HTK's mel bands: what each bin from the first on counts. */
function triangles(): { first: number; weights: number[] }[] {
  const mel = (hertz: number) => 1127 * Math.log1p(hertz / 700);
  const step = (mel(HIGHEST) - mel(LOWEST)) / (BANDS + 1);
  return Array.from({ length: BANDS }, (_, band) => {
    const centre = mel(LOWEST) + (band + 1) * step;
    const all = Array.from({ length: BINS }, (_unused, bin) =>
      Math.max(0, 1 - Math.abs(mel((bin * SAMPLE_RATE) / FFT) - centre) / step),
    );
    const first = all.findIndex((weight) => weight > 0);
    return { first, weights: all.slice(first, all.findLastIndex((weight) => weight > 0) + 1) };
  });
}
