import { IMAGE_CLASSIFICATION } from './describe.js';
import { h } from './dom.js';
import { taskWords } from './models.js';
import { tensorForm } from './tensor-form.js';
import { trySpeech } from './try-speech.js';
import { tryValues } from './try-values.js';

/** @import { Listed, Model } from './models.js' */

/**
 * One model, and what it can be asked.
 *
 * @param {Model | Listed} model
 * @param {number} uploadBytes largest file that the service takes
 */
export function workbench(model, uploadBytes) {
  const { name, version, licence, task, sample } = model;
  const facts = [
    version !== '' && `version ${version}`,
    licence !== undefined && !/^(NOASSERTION)?$/.test(licence) && `licence ${licence}`,
    sample !== undefined && `its sample took ${Math.round(sample.ms)} ms`,
  ].filter((fact) => fact !== false);
  return h(
    'article',
    { class: 'bench' },
    h(
      'header',
      {},
      h('h2', {}, name),
      h(
        'p',
        {},
        task === undefined ? '' : taskWords(task),
        ' ',
        h('span', { class: 'dim' }, facts.join(' · ')),
      ),
    ),
    'inputs' in model
      ? ways(model, uploadBytes)
      : h(
          'div',
          { class: 'problem' },
          h('strong', {}, 'Not in service'),
          h('p', {}, model.reason || 'It may be loaded later.'),
        ),
  );
}

/** Shows the form for the model's inputs. @param {Model} model @param {number} uploadBytes */
function ways(model, uploadBytes) {
  if (model.prediction !== undefined) return tryValues(model, model.prediction, uploadBytes);
  if (model.task === 'image-classification') return tryValues(model, IMAGE_CLASSIFICATION, uploadBytes);
  if (model.task === 'speech-transcription') return trySpeech(model, uploadBytes);
  return tensorForm(model);
}
