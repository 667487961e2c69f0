/** Sound events: which of the model's classes are heard in a sound of any length, and when. */
import { openGraph } from '../../sdk/assembly';
import {
  Answer,
  BooleanParameter,
  Description,
  IntegerParameter,
  JsonOutput,
  LabelsOutput,
  NumberParameter,
  Predictor,
  Request,
  ScoredLabel,
  SoundInput,
  TextParameter,
  servePredictor,
} from '../../sdk/assembly/worlds/prediction';
import { Listener } from './listener';
import { best } from './ranking';
import { SAMPLE_RATE, readLabels, readSettings } from './settings';
import { TIMELINE_SCHEMA, Timeline } from './timeline';
import { Windows } from './windows';

export { cabi_realloc, describe, predict } from '../../sdk/assembly/worlds/prediction';

class SoundEvents extends Predictor {
  describe(): Description | null {
    const settings = readSettings();
    if (!settings) return null;
    const labels = readLabels(settings);
    if (!labels) return null;
    return new Description()
      .input(new SoundInput('sound', 'What is listened to.', SAMPLE_RATE))
      .parameter(
        new IntegerParameter(
          'top_k',
          'Labels in the answer, and in each window of the timeline, at the most.',
        )
          .atLeast(1)
          .atMost(labels.length)
          .withDefault(5),
      )
      .parameter(
        new TextParameter(
          'pooling',
          'Whether a label counts by its mean over the sound, or by the window in which it is clearest.',
        )
          .oneOf(['mean', 'max'])
          .withDefault('mean'),
      )
      .parameter(new BooleanParameter('timeline', 'Whether the timeline is wanted.').withDefault(false))
      .parameter(
        new NumberParameter('threshold', 'The score from which on a label stands in the timeline.')
          .atLeast(0)
          .atMost(1)
          .withDefault(0.3),
      )
      .output(new LabelsOutput('labels', 'What is heard in the sound as a whole.'))
      .output(new JsonOutput('timeline', 'What is heard when.', TIMELINE_SCHEMA).optional());
  }

  predict(request: Request): Answer | null {
    const settings = readSettings();
    if (!settings) return null;
    const labels = readLabels(settings);
    if (!labels) return null;
    const samples = request.inputs.sound('sound');
    const topK = <i32>request.parameters.integer('top_k');
    const timeline =
      request.parameters.boolean('timeline') && request.wants('timeline') ? new Timeline() : null;
    const listener = new Listener(labels.length, topK, <f32>request.parameters.number('threshold'), timeline);
    const context = openGraph(settings.graph);
    if (!context || !listener.listen(new Windows('sound', samples), context, settings)) return null;

    const scores = request.parameters.text('pooling') == 'max' ? listener.highest : listener.means();
    const answer = new Answer().labels('labels', named(best(scores, topK, 0), scores, labels));
    if (timeline) answer.json('timeline', timeline.json(labels, <f64>samples / SAMPLE_RATE));
    return answer;
  }
}

function named(ranked: i32[], scores: StaticArray<f32>, labels: string[]): ScoredLabel[] {
  const list: ScoredLabel[] = [];
  for (let i = 0; i < ranked.length; i++) list.push(new ScoredLabel(labels[ranked[i]], scores[ranked[i]]));
  return list;
}

servePredictor(new SoundEvents());
