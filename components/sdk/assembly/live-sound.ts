/** A sound that is still being spoken. `readSound` gives what is here of it. */
import {
  getLiveOptions,
  giveWayToOthers,
  releaseSamples,
  settleLiveTurn,
  tellLiveWords,
  tellSpeechStarted,
  tellSpeechStopped,
  waitForSamples,
} from './abi/imports/host';
import { returnArea } from './abi/memory';

export enum SoundState {
  /** More may come. */
  Open,
  /** The client ends the turn here: more is to be seen once it is settled. */
  TurnOver,
  /** No more comes. */
  Over,
}

export class SoundExtent {
  constructor(
    /** Samples from the beginning of the sound. */
    public length: u64,
    public state: SoundState,
  ) {}
}

/** When a turn is over; below 0 is the component's choice. */
export class TurnDetection {
  constructor(
    public threshold: f32,
    public prefixMs: i32,
    public silenceMs: i32,
  ) {}
}

/** Whether the request's sound is a live one. */
export function isLive(): bool {
  getLiveOptions(returnArea);
  return load<u8>(returnArea) != 0;
}

/** All of it the component's choice where the client itself says where turns end. */
export function turnDetection(): TurnDetection {
  getLiveOptions(returnArea);
  const told = load<u8>(returnArea) != 0 && load<u8>(returnArea, 4) != 0;
  return new TurnDetection(
    told && load<u8>(returnArea, 8) != 0 ? load<f32>(returnArea, 12) : -1,
    told && load<u8>(returnArea, 16) != 0 ? load<i32>(returnArea, 20) : -1,
    told && load<u8>(returnArea, 24) != 0 ? load<i32>(returnArea, 28) : -1,
  );
}

/** Returns once more than `beyond` samples are here, or no more can be seen for now. */
export function waitForSound(beyond: u64): SoundExtent {
  waitForSamples(beyond, returnArea);
  return new SoundExtent(load<u64>(returnArea), load<u8>(returnArea, 8));
}

/** Samples before `offset` are not read any more. */
export function releaseSound(offset: u64): void {
  releaseSamples(offset);
}

/** Whether what is computed from now on is for words that may still change: it then goes after all that is not. */
export function giveWay(yes: bool): void {
  giveWayToOthers(yes);
}

/** Somebody begins to speak, at a sample. */
export function speechStarted(at: u64): void {
  tellSpeechStarted(at);
}

/** Nobody speaks any more, from a sample on. */
export function speechStopped(at: u64): void {
  tellSpeechStopped(at);
}

/** Words of the turn: those that follow its stable ones and stay, and those that may still change. */
export function tellWords(stable: string, tentative: string): void {
  tellLiveWords(changetype<usize>(stable), stable.length, changetype<usize>(tentative), tentative.length);
}

/** The turn from sample `start` to before `end` is done; its text begins with all of its stable words. */
export function settleTurn(
  text: string,
  start: u64,
  end: u64,
  tokens: u32[],
  averageLogProbability: f32,
): void {
  settleLiveTurn(
    changetype<usize>(text),
    text.length,
    start,
    end,
    tokens.dataStart,
    tokens.length,
    averageLogProbability,
  );
}
