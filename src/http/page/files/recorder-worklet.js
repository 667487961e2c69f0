/**
 * Runs in the browser's audio thread: the microphone's samples to 24 kHz, 16 bits, in pieces of a tenth of a second.
 * A sample is the mean of those that it stands for, which keeps what lies above 12 kHz out well enough for speech.
 */
const RATE = 24_000;
const PIECE = RATE / 10;

class Recorder extends AudioWorkletProcessor {
  constructor() {
    super();
    this.piece = new Int16Array(PIECE);
    this.filled = 0;
    this.sum = 0;
    this.count = 0;
    this.phase = 0;
  }

  /** @param {Float32Array[][]} inputs */
  process([input]) {
    for (const sample of input?.[0] ?? []) {
      this.sum += sample;
      this.count += 1;
      this.phase += RATE;
      while (this.phase >= sampleRate) {
        this.phase -= sampleRate;
        this.add(this.count > 0 ? this.sum / this.count : sample);
        this.sum = 0;
        this.count = 0;
      }
    }
    return true;
  }

  /** @param {number} sample */
  add(sample) {
    this.piece[this.filled++] = Math.max(-1, Math.min(1, sample)) * 32_767;
    if (this.filled < PIECE) return;
    this.port.postMessage(this.piece, [this.piece.buffer]);
    this.piece = new Int16Array(PIECE);
    this.filled = 0;
  }
}

registerProcessor('recorder', Recorder);
