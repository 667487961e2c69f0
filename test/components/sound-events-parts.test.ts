import { it } from 'vitest';
import { expectAssembly } from './support/assembly.ts';

const HERE = './sound-events/assembly';

it('gives the magnitudes of the discrete Fourier transform', async () => {
  await expectAssembly(`
    import { BINS, SIZE, Spectrum } from '${HERE}/spectrum';
    export function run(): void {
      const spectrum = new Spectrum();
      const signal = new Float64Array(SIZE);
      for (let i = 0; i < SIZE; i++) signal[i] = Math.sin(0.37 * i * i) + (i == 5 ? 3 : 0);
      for (let i = 0; i < SIZE; i++) spectrum.signal[i] = <f32>signal[i];
      spectrum.transform();
      for (let k = 0; k < BINS; k++) {
        let re: f64 = 0;
        let im: f64 = 0;
        for (let i = 0; i < SIZE; i++) {
          re += signal[i] * Math.cos((2 * Math.PI * k * i) / SIZE);
          im += signal[i] * Math.sin((2 * Math.PI * k * i) / SIZE);
        }
        assert(Math.abs(spectrum.magnitudes[k] - Math.hypot(re, im)) < 1e-3, 'bin ' + k.toString());
      }
    }`);
});

it('hears a tone in the band that holds it, and silence as the least there is', async () => {
  await expectAssembly(`
    import { BANDS, FRAME, LogMel } from '${HERE}/log-mel';
    export function run(): void {
      const samples = new Float32Array(2 * FRAME);
      for (let i = 0; i < FRAME; i++) samples[i] = <f32>Math.sin((2 * Math.PI * 1000 * i) / 16000);
      const bands = new Float32Array(2 * BANDS);
      const logMel = new LogMel();
      logMel.frame(samples, 0, bands, 0);
      logMel.frame(samples, FRAME, bands, BANDS);
      let loudest = 0;
      for (let band = 0; band < BANDS; band++) {
        if (bands[band] > bands[loudest]) loudest = band;
        assert(abs(bands[BANDS + band] - Mathf.log(0.001)) < 1e-5, 'silence');
      }
      // 1,000 Hz are 1,000 mel; 64 bands lie between 185 and 2,774 mel.
      assert(loudest == 19 || loudest == 20, 'band ' + loudest.toString());
    }`);
});

it('makes one event of neighbouring windows with the same label, which ends with the sound', async () => {
  await expectAssembly(`
    import { Timeline } from '${HERE}/timeline';
    export function run(): void {
      const timeline = new Timeline();
      timeline.add(0, [1], [0, 0.5, 0]);
      timeline.add(1, [1, 2], [0, 0.75, 0.5]);
      timeline.add(2, [2], [0, 0, 0.25]);
      timeline.add(3, [1], [0, 0.5, 0]);
      const json = timeline.json(['a', 'b', 'c'], 2.1);
      assert(
        json ==
          '[{"label":"b","score":0.75,"start":0,"end":1.44},{"label":"c","score":0.5,"start":0.48,"end":1.92},' +
          '{"label":"b","score":0.5,"start":1.44,"end":2.1}]',
        json,
      );
    }`);
});

it('ranks classes by their score, and equal ones by their index', async () => {
  await expectAssembly(`
    import { best } from '${HERE}/ranking';
    export function run(): void {
      const scores: StaticArray<f32> = [0.2, 0.9, 0.2, 0.9, 0.5];
      assert(best(scores, 3, 0).join() == '1,3,4', 'the best three');
      assert(best(scores, 9, 0.3).join() == '1,3,4', 'those that are likely enough');
      assert(best(scores, 4, 0).join() == '1,3,4,0', best(scores, 4, 0).join());
    }`);
});
