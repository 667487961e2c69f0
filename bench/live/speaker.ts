/** Somebody who speaks: clips at the pace of speech into one live sound, and when what came back. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Sandpiper } from '../../src/index.ts';

/** 16-bit mono samples. */
export interface Clip {
  name: string;
  pcm: Buffer;
  sampleRate: number;
  /** Reference transcript. */
  reference: string;
  /** Seconds into the clip at which the first word begins. */
  firstWord: number;
  /** The text that the clip has as a file. */
  asFile: string;
}

/** Results of one clip. */
export interface Heard {
  clip: Clip;
  text: string;
  /** Seconds from the first word's start to the first words sent, stable or not, and to the first stable one. */
  firstWords: number | undefined;
  firstStable: number | undefined;
  /** Seconds from the end of speech to its settled text, for each turn. */
  settled: number[];
  /** Words that were sent as stable, and those of them that the settled text does not have. */
  stableWords: number;
  takenBack: number;
  /** Words that were sent at all, and those that a later step replaced. */
  shownWords: number;
  replacedWords: number;
  rounds: number;
}

const STEP_MS = 100;
/** Sound before the first word that belongs to a turn, and a little. */
const PREFIX_SECONDS = 0.45;
/** Silence behind each clip, long enough for its last turn to end. */
const PAUSE_SECONDS = 1.5;

/** @param pace 1 is that of speech */
export async function speak(sandpiper: Sandpiper, clips: readonly Clip[], pace = 1): Promise<Heard[]> {
  const [first] = clips;
  if (first === undefined) return [];
  const { sampleRate } = first;
  // Each speaker is a client, since one client does not get all places.
  const client = randomUUID();
  using live = sandpiper.openLive('moonshine-tiny', { format: { encoding: 's16', sampleRate }, client });
  const heard = clips.map(blank);
  const starts: number[] = [];
  let total = 0;
  for (const { pcm } of clips) {
    starts.push(total);
    total += pcm.byteLength / 2 / sampleRate + PAUSE_SECONDS;
  }
  const began = performance.now();
  const listening = listen();
  let sent = 0;
  for (const { pcm } of clips) {
    const sound = Buffer.concat([pcm, Buffer.alloc(Math.round(PAUSE_SECONDS * sampleRate) * 2)]);
    const step = Math.round((sampleRate * STEP_MS) / 1_000) * 2;
    for (let at = 0; at < sound.byteLength; at += step) {
      const piece = sound.subarray(at, at + step);
      sent += piece.byteLength / 2 / sampleRate;
      // A microphone gives a piece when it has been spoken.
      await pause(Math.max(0, began + (sent * 1_000) / pace - performance.now()));
      await live.write(piece);
    }
  }
  await live.end();
  await listening;
  return heard;

  async function listen(): Promise<void> {
    let told = '';
    let shown: string[] = [];
    let speech = 0;
    let stopped = 0;
    for await (const event of live) {
      const now = ((performance.now() - began) / 1_000) * pace;
      if (event.kind === 'speech-started') speech = event.seconds + PREFIX_SECONDS;
      const index = Math.max(
        0,
        starts.findLastIndex((start) => start <= speech),
      );
      const one = heard[index] as Heard;
      const firstWord = (starts[index] ?? 0) + one.clip.firstWord;
      if (event.kind === 'speech-stopped') stopped = event.seconds;
      if (event.kind === 'words') {
        one.rounds++;
        told += event.stable;
        one.firstWords ??= now - firstWord;
        if (event.stable !== '') one.firstStable ??= now - firstWord;
        const next = wordsOf(told + event.tentative);
        one.replacedWords += shown.filter((word, place) => next[place] !== word).length;
        one.shownWords += Math.max(0, next.length - shown.length);
        shown = next;
      }
      if (event.kind === 'turn') {
        one.text += ` ${event.text}`;
        if (event.text !== '') one.settled.push(now - stopped);
        const stable = wordsOf(told);
        const final = wordsOf(event.text);
        one.stableWords += stable.length;
        one.takenBack += stable.filter((word, place) => final[place] !== word).length;
        told = '';
        shown = [];
      }
    }
  }
}

function blank(clip: Clip): Heard {
  const none = { firstWords: undefined, firstStable: undefined, settled: [] };
  return {
    clip,
    text: '',
    ...none,
    stableWords: 0,
    takenBack: 0,
    shownWords: 0,
    replacedWords: 0,
    rounds: 0,
  };
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
}
