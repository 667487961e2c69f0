/** From a new project to an answer of its component. */
import { isManifestFile, isSoleFile, type WrittenSample } from '../repository/manifest.ts';
import { forShell } from './for-shell.ts';
import type { Project } from './project.ts';

/** Commands for a shell in the project's folder. */
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
