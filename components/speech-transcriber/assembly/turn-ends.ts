/** Where the turn of a speaker ends: in a silence, the shorter the longer the turn is. */
import { turnDetection } from '../../sdk/assembly';
import { quietest } from './cutter';
import { SAMPLE_RATE, Settings } from './settings';
import { Turn } from './turn';
import { FRAME } from './voice';

/** Milliseconds, where the client does not say. */
const PREFIX_MS: i32 = 320;
const SILENCE_MS: i32 = 500;
/** Speech goes on at a lower probability than it begins with. */
const HYSTERESIS: f32 = 0.15;
/** From so many seconds on a shorter silence is enough: 0.2 s, and then 0.1 s. */
const LONG_TURN: u64 = 12 * SAMPLE_RATE;
const LONG_SILENCE: i32 = 6;
const VERY_LONG_TURN: u64 = 20 * SAMPLE_RATE;
const VERY_LONG_SILENCE: i32 = 3;
/** Frames of silence that a turn keeps at its end: about 0.2 s. */
const TAIL: i32 = 6;

export class TurnEnds {
  /** Probability from which on a frame begins a turn, and from which on a turn goes on. */
  threshold: f32 = 0;
  stillSpeaking: f32 = 0;
  /** Samples before the first speech that belong to the turn. */
  prefix: u64 = 0;
  private silence: i32 = 0;
  private longest: u64;

  constructor(private settings: Settings) {
    this.longest = <u64>(settings.longestPiece * SAMPLE_RATE);
    this.look();
  }

  /** What the client wants may change from turn to turn. */
  look(): void {
    const wanted = turnDetection();
    this.threshold = wanted.threshold < 0 ? <f32>this.settings.speechThreshold : wanted.threshold;
    this.stillSpeaking = max(this.threshold - HYSTERESIS, 0.01);
    this.prefix = <u64>samplesOf(wanted.prefixMs < 0 ? PREFIX_MS : wanted.prefixMs);
    this.silence = max(1, samplesOf(wanted.silenceMs < 0 ? SILENCE_MS : wanted.silenceMs) / FRAME);
  }

  /** The sample at which the turn ends; 0: it goes on. */
  endOf(turn: Turn): u64 {
    const length = turn.heard - turn.start;
    let enough = this.silence;
    if (length >= LONG_TURN) enough = min(enough, LONG_SILENCE);
    if (length >= VERY_LONG_TURN) enough = min(enough, VERY_LONG_SILENCE);
    if (turn.silence >= enough) return turn.lastSpeech + <u64>(min(turn.silence, TAIL) * FRAME);
    if (length + FRAME <= this.longest) return 0;
    turn.cutInSpeech = this.quietestOf(turn);
    return turn.cutInSpeech;
  }

  /** In the last seconds, so that no word that is stable lies behind it. */
  private quietestOf(turn: Turn): u64 {
    const probabilities = new Float32Array(turn.probabilities.length);
    for (let i = 0; i < probabilities.length; i++) probabilities[i] = turn.probabilities[i];
    const stable = turn.stableEnd > turn.first ? <i32>((turn.stableEnd - turn.first) / FRAME) : 0;
    const last = probabilities.length - 1;
    const first = min(last, max(stable, last - <i32>(3 * SAMPLE_RATE) / FRAME));
    return turn.first + <u64>quietest(probabilities, first, this.stillSpeaking) * FRAME + FRAME / 2;
  }
}

function samplesOf(ms: i32): i32 {
  return ms * (SAMPLE_RATE / 1000);
}
