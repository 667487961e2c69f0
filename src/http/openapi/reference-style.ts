import { readFileSync } from 'node:fs';
import { packageFile } from '../../package-files.ts';

/** The reference page's only style, in the colours and type of the page that people try the models on. */
export function referenceStyle(): string {
  return readFileSync(packageFile('src/http/page/files/tokens.css'), 'utf8') + STYLE;
}

const STYLE = `
body > * { max-width: 62rem; margin-inline: auto; padding-inline: 1.25rem; }
body > header { max-width: none; padding-block: .8rem; border-bottom: 1px solid var(--line); background: var(--panel); }
header > div { display: flex; flex-wrap: wrap; gap: .4rem 1rem; align-items: center; max-width: 59.5rem; margin: 0 auto; }
header a { margin-left: auto; padding: .45rem 1rem; border-radius: 8px; background: var(--accent); color: var(--on-accent);
  font-weight: 500; text-decoration: none; }
main { padding-block: 1rem 4rem; }
h1, h2, h3 { line-height: 1.25; }
h1 { margin: 0; font-size: 1.25rem; font-weight: 650; letter-spacing: -.01em; }
h1 .dim { font-size: .9rem; font-weight: 400; }
h2 { margin: 3rem 0 .25rem; padding-bottom: .4rem; border-bottom: 1px solid var(--line); font-size: 1.35rem; letter-spacing: -.01em; }
h3 { margin: 0; font-size: 1rem; font-weight: 600; }
h4, .eyebrow { margin: 1.1rem 0 .3rem; color: var(--dim); font-size: .8rem; font-weight: 600; letter-spacing: .06em; text-transform: uppercase; }
p { margin: .4rem 0; }
code, pre, .path { font: .875rem/1.5 var(--mono); }
pre { margin: .6rem 0; padding: .6rem .8rem; border-radius: 8px; background: var(--soft); white-space: pre-wrap; }
nav ul { margin: .3rem 0 1rem; padding: 0; list-style: none; columns: 24rem; }
nav li { break-inside: avoid; padding: .1rem 0; }
nav a { display: flex; gap: .6rem; text-decoration: none; }
nav a:hover .path { text-decoration: underline; }
section { margin: 1.25rem 0; padding: 1rem 1.1rem; border: 1px solid var(--line); border-radius: 12px; background: var(--panel); }
section:target { border-color: var(--accent); }
.head { display: flex; flex-wrap: wrap; gap: .2rem .7rem; align-items: baseline; margin-bottom: .3rem; }
.method { min-width: 2.6rem; font: 700 .8rem/1.8 var(--mono); }
.get { color: var(--good); } .post { color: var(--warm); }
.dim { color: var(--dim); }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
td { padding: .3rem .6rem .3rem 0; border-top: 1px solid var(--line); vertical-align: top; }
td:first-child { width: 34%; } td:nth-child(2) { width: 26%; color: var(--dim); }
table.statuses td:first-child { width: 4rem; } table.statuses td:nth-child(2) { width: auto; color: inherit; }
details { border-top: 1px solid var(--line); padding: .3rem 0; font-size: .9rem; }
details details { margin-top: .3rem; }
summary { cursor: pointer; }
.type { font-size: .9rem; }
@media (max-width: 40rem) {
  section { padding: .8rem; }
  table:not(.statuses) td { display: block; width: auto; padding: 0; border: 0; }
  table:not(.statuses) td:first-child { border-top: 1px solid var(--line); padding-top: .35rem; }
  table:not(.statuses) td:last-child { padding-bottom: .35rem; }
  table td:first-child, table td:nth-child(2) { width: auto; }
}
`;
