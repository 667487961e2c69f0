/** A project of `sandpiper new`: what it is made of, and what its author does next. */
import { isManifestFile, isSoleFile, type WrittenSample } from '../repository/manifest.ts';
import type { GraphFacts } from '../engine/graph-facts.ts';
import { describeGraph } from './describe-port.ts';
import { forShell } from './for-shell.ts';
import { LANGUAGES, type LanguageName, type ProjectTask } from './languages.ts';
import type { ModelSource } from './model-files.ts';

export interface ProjectOptions {
  /** Name of the model, and so of its route. */
  name: string;
  language: LanguageName;
  task: ProjectTask;
  /** Default: the model of the task that comes with this package. */
  model?: GivenModel | undefined;
}

/** The author's model. A graph alone is put into the example's model folder, in the place of the example's own graph. */
export type GivenModel = Exclude<ModelSource, { kind: 'graph' }> | { kind: 'graph'; graph: string };

export interface Project extends ProjectOptions {
  /** The first request to the service. */
  sample: WrittenSample;
  /** What the author's graph takes and gives, where the component is still the example's. */
  facts?: GraphFacts | undefined;
}

/** Tells an author who gave a graph alone what to write; '' for any other model. */
export function stillToWrite({ name, language, task, facts }: Project): string {
  if (facts === undefined) return '';
  return (
    `${describeGraph(facts)}\n` +
    `The component is still the example's, which compares two pictures: write in ${LANGUAGES[language].source[task]}\n` +
    `what yours describes and predicts, and in models/${name}/1/model.json its sample.\n`
  );
}

/** From a new project to an answer of its component: commands for a shell in the project's folder. */
export function nextSteps({ name, sample }: Project): string[] {
  const ask = `curl ${sampleArguments(sample, `models/${name}/1`)} http://127.0.0.1:8080/models/${name}`;
  return ['npm install', 'npm run build', 'npm test', 'npm start', ask];
}

/** A sole file as it is, or a form with a field for each input. */
function sampleArguments(sample: WrittenSample, folder: string): string {
  if (isSoleFile(sample)) return `--data-binary ${forShell(`@${folder}/${sample.file}`)}`;
  const fields = Object.entries(sample.inputs).flatMap(([input, values]) =>
    [values].flat().map((value) => {
      if (isManifestFile(value)) return `-F ${forShell(`${input}=@${folder}/${value.file}`)}`;
      return `-F ${forShell(`${input}=${typeof value === 'string' ? value : JSON.stringify(value)}`)}`;
    }),
  );
  return fields.join(' ');
}

export function projectReadme(project: Project): string {
  const { name, language, task } = project;
  const { title, toolchain, source } = LANGUAGES[language];
  return `# ${name}

A component for ${task} in ${title}, and the model that it serves. npm brings Node; the build needs ${toolchain}.

\`\`\`sh
${nextSteps(project).join('\n')}
\`\`\`

- \`${source[task]}\` is the component: what happens before and after the graph.
- \`wit/\` is its contract with the host.
- \`build.js\` makes \`models/${name}/1/component.wasm\` and updates the digests in \`model.json\`. Run it after
  you change any file there, or work under \`npm run dev\`: it serves the model, and builds and swaps it at every change.
- \`models/${name}/1/model.json\` says which graphs the component gets, its configuration, limits and grants.
  \`npx sandpiper check models/${name}/1\` says what it asks for and what it gets.
`;
}
