import { LANGUAGES } from './languages.ts';
import type { Project } from './project.ts';
import { nextSteps } from './next-steps.ts';

export function projectReadme(project: Project): string {
  const { name, language, task } = project;
  const { title, toolchain } = LANGUAGES[language];
  return `# ${name}

A component for ${task} in ${title}, and the model that it serves. npm brings Node; the build needs ${toolchain}.

\`\`\`sh
${nextSteps(project).join('\n')}
\`\`\`

- \`${LANGUAGES[language].source[task]}\` is the component: what happens before and after the graph.
- \`wit/\` is its contract with the host.
- \`build.js\` makes \`models/${name}/1/component.wasm\` and updates the digests in \`model.json\`. Run it after
  you change any file there, or work under \`npm run dev\`: it serves the model, and builds and swaps it at every change.
- \`models/${name}/1/model.json\` says which graphs the component gets, its configuration, limits and grants.
  \`npx sandpiper check models/${name}/1\` says what it asks for and what it gets.
`;
}
