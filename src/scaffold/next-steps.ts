/** From a new project to an answer of its component. */
import type { Project } from './project.ts';

/** Commands for a shell in the project's folder. */
export function nextSteps({ name, sample }: Project): string[] {
  const route = `http://127.0.0.1:8080/models/${name}`;
  return [
    'npm install',
    'npm run build',
    'npm test',
    'npm start',
    `curl --data-binary @models/${name}/1/${sample} ${route}`,
  ];
}
