/** The page: which models there are, which one is looked at, and what the service says of itself. */
import { watchActivity } from './activity.js';
import { Refusal } from './api.js';
import { byId, fill, h } from './dom.js';
import { askForKey, markKey } from './key-dialog.js';
import { readKey } from './key.js';
import { readModel, readOverview, showModels } from './models.js';
import { problem } from './problem.js';
import { workbench } from './workbench.js';

/** @import { Listed } from './models.js' */

const state = byId('state');
const list = byId('model-list');
const work = byId('work');
const keyButton = byId('key-button');

/** Until the service has loaded its models. */
const lookAgainMs = 1_500;

/** @type {Listed[]} */
let models = [];
let uploadBytes = Infinity;
/** The model that is shown, and the state that it was shown in. */
let shown = '';

async function look() {
  try {
    const overview = await readOverview();
    ({ models, uploadBytes } = overview);
    const ready = models.filter((model) => model.state === 'READY').length;
    fill(byId('version'), overview.version);
    tell('ready', ready === models.length ? 'Ready' : `Ready, ${ready} of ${models.length} models`);
    await showChosen();
  } catch (error) {
    await tellWhy(error);
  }
}

/** @param {unknown} error */
async function tellWhy(error) {
  const status = error instanceof Refusal ? error.status : undefined;
  if (status === 401) {
    const unknown = readKey() !== '';
    tell('asks', unknown ? 'Key not known' : 'Asks for a key');
    fill(list, h('p', { class: 'dim' }, 'Enter a key to see the models.'));
    fill(work, welcomeKey(unknown));
    return;
  }
  if (status === 503) {
    tell('asks', 'Loading its models…');
    setTimeout(() => void look(), lookAgainMs);
    return;
  }
  tell('fails', 'Not there');
  fill(work, problem(error, look));
}

/** @param {boolean} unknown */
function welcomeKey(unknown) {
  return emptyBox(
    unknown ? 'This key is not known here' : 'This service asks for a key',
    'Its operator gives keys. Yours stays in this tab and is forgotten when you close it.',
    h('button', { type: 'button', class: 'main', onclick: openKey }, 'Give a key'),
  );
}

/** @param {string} title @param {string} words @param {...Node} more */
function emptyBox(title, words, ...more) {
  return h('div', { class: 'empty' }, h('h2', {}, title), h('p', {}, words), more);
}

async function showChosen() {
  const wanted = decodeURIComponent(location.hash.slice(1));
  const chosen =
    models.find(({ name }) => name === wanted) ??
    models.find(isReadyToTry) ??
    models.find((model) => model.state === 'READY') ??
    models[0];
  showModels(list, models, chosen?.name ?? '');
  const now = JSON.stringify([chosen?.name, chosen?.version, chosen?.state, readKey()]);
  if (now === shown) return;
  shown = now;
  if (chosen === undefined) {
    fill(work, emptyBox('No model is here yet', 'The operator of this service can add some.'));
    return;
  }
  try {
    const model = chosen.task === undefined ? chosen : await readModel(chosen);
    if (now === shown) fill(work, workbench(model, uploadBytes));
  } catch (error) {
    shown = '';
    fill(work, problem(error, showChosen));
  }
}

/** Models with a sample can be tried without a file at hand. @param {Listed} model */
function isReadyToTry({ state: now, sample }) {
  return now === 'READY' && Object.keys(sample?.files ?? {}).length > 0;
}

/** @param {'ready' | 'asks' | 'fails'} kind @param {string} words */
function tell(kind, words) {
  state.className = `state ${kind}`;
  fill(state, words);
}

function openKey() {
  askForKey(() => {
    markKey(keyButton);
    void look();
  });
}

keyButton.addEventListener('click', openKey);
markKey(keyButton);
addEventListener('hashchange', () => void showChosen());
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') void look();
});
void look();
watchActivity(byId('activity'), byId('plots'));
