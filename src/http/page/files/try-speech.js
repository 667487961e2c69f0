/** Speech to text: spoken into the microphone, or from a file. */
import { send } from './api.js';
import { codeBox } from './code-box.js';
import { fill, h } from './dom.js';
import { downloads } from './downloads.js';
import { eventsOf } from './events.js';
import { fileField, unreadSample } from './file-field.js';
import { playerView } from './player-view.js';
import { problem } from './problem.js';
import { openLive } from './realtime.js';
import { recordButton } from './record-button.js';
import { ms } from './timing.js';
import { transcriptView } from './transcript.js';
import { estimateWords } from './word-times.js';

/** @import { Chosen, Sketch } from './api.js' */
/** @import { Model } from './models.js' */
/** @import { Segment } from './subtitles.js' */
/** @import { Word } from './word-times.js' */
/** @typedef {{ words: Word[], segments: Segment[] }} Timed */

/** Up to so many seconds the times of words are asked for at once, and beyond it when somebody wants them. */
const PROMPT_SECONDS = 60;

/** @param {Model} model @param {number} maxBytes */
export function trySpeech(model, maxBytes) {
  const { name, sampleFiles, speech } = model;
  const [[sampleFile] = []] = Object.values(sampleFiles);
  const transcript = transcriptView();
  const status = h('div', { class: 'status', role: 'status' });
  const after = h('div', { class: 'after' });
  const code = h('div');
  const live = speech?.live === true;
  let last = new AbortController();
  /** @param {unknown} error @param {() => unknown} [retry] */
  const onProblem = (error, retry) => fill(status, problem(error, retry));

  /** @param {Chosen} chosen @param {[string, string][]} fields */
  const sketchOf = (chosen, ...fields) => ({
    path: 'v1/audio/transcriptions',
    body: {
      kind: /** @type {const} */ ('form'),
      fields: /** @type {[string, string | Chosen][]} */ ([['model', name], ...fields, ['file', chosen]]),
    },
  });

  /** @param {Chosen} chosen */
  const transcribe = async (chosen) => {
    last.abort();
    last = new AbortController();
    const { signal } = last;
    const sketch = sketchOf(chosen, ['stream', 'true']);
    const player = playerView(chosen.file);
    const progress = h('progress', { 'aria-label': 'How much of the sound is heard', max: 1 });
    fill(code, codeBox(sketch));
    fill(after, player);
    fill(status, h('p', { class: 'working' }, `Listening to ${chosen.file.name}…`), progress);
    transcript.hint('…');
    const started = performance.now();
    try {
      let text = '';
      for await (const event of eventsOf(await send(sketch, signal))) {
        if (event.type !== 'transcript.text.delta') continue;
        text += event.delta;
        transcript.show(text);
        if (event.seconds > 0 && player.duration > 0)
          progress.value = Math.min(1, event.seconds / player.duration);
      }
      if (text.trim() === '') transcript.hint('There is no speech in this sound.');
      const heard = `heard in ${ms(performance.now() - started)}`;
      const summary = h('p', { class: 'dim' }, `${lengthOf(player)}${heard}`);
      // The text of a short sound is here before the browser knows its length.
      player.addEventListener('loadedmetadata', () => fill(summary, `${lengthOf(player)}${heard}`));
      fill(status, summary);
      await offerTimes(chosen, player, transcript.text, signal);
    } catch (error) {
      if (signal.aborted) return;
      onProblem(error, () => transcribe(chosen));
      if (transcript.text === '') transcript.hint('');
    }
  };

  /**
   * Words with their times, asked for once and where they are wanted.
   *
   * @param {Chosen} chosen @param {HTMLAudioElement} player @param {string} text @param {AbortSignal} signal
   */
  const offerTimes = async (chosen, player, text, signal) => {
    if (text.trim() === '') return;
    /** @type {Promise<Timed> | undefined} */
    let asked;
    const timed = () =>
      (asked ??= readTimes(
        sketchOf(chosen, ['response_format', 'verbose_json'], ...granularities),
        signal,
      ).then((answer) => {
        const isExact = answer.words.length > 0;
        transcript.showWords(isExact ? answer.words : estimateWords(answer.segments), player);
        const note = 'This model tells the times of sentences; those of words are estimated.';
        if (!isExact) after.append(h('p', { class: 'dim note' }, note));
        return answer;
      }));
    const orSay = () => void timed().catch((error) => signal.aborted || onProblem(error));
    after.append(downloads(chosen.file.name, text, timed, onProblem));
    await known(player);
    if (player.duration <= PROMPT_SECONDS) orSay();
    else player.addEventListener('play', orSay, { once: true });
  };

  const granularities = (speech?.word_times === true ? ['segment', 'word'] : ['segment']).map(
    (unit) => /** @type {[string, string]} */ (['timestamp_granularities[]', unit]),
  );

  if (sampleFile !== undefined) fill(code, codeBox(sketchOf(unreadSample(sampleFile), ['stream', 'true'])));
  transcript.hint('What is said comes here.');
  return h(
    'div',
    { class: 'try' },
    h(
      'div',
      { class: 'ways' },
      recordButton({
        note: live
          ? 'Words come while you speak.'
          : 'This service has no live speech: the words come when you stop.',
        ...(live && { listen: () => openLive(name, { onText: transcript.showLive, onProblem }) }),
        onBegin: () => {
          last.abort();
          fill(after);
          fill(status);
          transcript.hint(live ? 'Speak…' : 'Speak, then stop.');
        },
        onFile: (file, heard) => void (heard ? settle(file) : transcribe({ file })),
        onProblem,
      }),
      fileField({
        kind: 'sound',
        maxBytes,
        sample: sampleFile,
        onFile: (chosen) => void transcribe(chosen),
        onProblem,
      }),
    ),
    h('div', { class: 'pane answer' }, transcript.view, status, after),
    code,
  );

  /** Keeps the live transcript, and asks only for the times of its words. @param {File} file */
  async function settle(file) {
    last = new AbortController();
    const player = playerView(file);
    fill(after, player);
    fill(code, codeBox(sketchOf({ file }, ['stream', 'true'])));
    await offerTimes({ file }, player, transcript.text, last.signal);
  }
}

/** @param {Sketch} sketch @param {AbortSignal} signal @returns {Promise<Timed>} */
async function readTimes(sketch, signal) {
  const { words = [], segments = [] } = await (await send(sketch, signal)).json();
  return { words, segments };
}

/** Resolves once its length is known, or is known not to be. @param {HTMLAudioElement} player */
async function known(player) {
  if (player.readyState > 0 || player.error !== null) return;
  await new Promise((resolve) => {
    player.addEventListener('loadedmetadata', resolve, { once: true });
    player.addEventListener('error', resolve, { once: true });
  });
}

/** @param {HTMLAudioElement} player */
function lengthOf({ duration }) {
  return Number.isFinite(duration) ? `${duration.toFixed(1)} s of sound, ` : '';
}
