// `npm start`: the service as it was built, built first where `npm ci --ignore-scripts` left that out. It is no script
// of npm's own before `start`, because npm runs none where its configuration says `ignore-scripts`.
import { buildMissing } from './build.js';

// An older Node could not build; the entry says so in a sentence.
const canBuild = Number(process.versions.node.split('.')[0]) >= 24;
if (canBuild) buildMissing();
await import(canBuild ? '../dist/src/cli/sandpiper.js' : '../src/cli/sandpiper.js');
