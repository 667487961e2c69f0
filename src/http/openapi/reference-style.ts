/** The reference page's only style; its Content-Security-Policy knows it by its hash. */
export const REFERENCE_STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d9dde3, #343a44); --soft: light-dark(#f4f6f8, #1b1f26);
  --text: light-dark(#1c2128, #d6dbe3); --dim: light-dark(#59636f, #99a3b0); --link: light-dark(#0b57b0, #7db4f5);
  --get: light-dark(#0a6b4f, #5fd0a5); --post: light-dark(#8a4a00, #f0b060); --back: light-dark(#fff, #12151a); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.25rem 4rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1, h2, h3 { line-height: 1.25; }
h1 { margin: 0; font-size: 1.8rem; }
h2 { margin: 3rem 0 .25rem; padding-bottom: .4rem; border-bottom: 1px solid var(--line); font-size: 1.35rem; }
h3 { margin: 0; font-size: 1rem; font-weight: 600; }
h4 { margin: 1.1rem 0 .3rem; color: var(--dim); font-size: .8rem; font-weight: 600; letter-spacing: .04em; text-transform: uppercase; }
p { margin: .4rem 0; }
a { color: var(--link); }
code, pre, .path { font: .875rem/1.5 ui-monospace, monospace; }
pre { margin: .6rem 0; padding: .6rem .8rem; border-radius: 6px; background: var(--soft); white-space: pre-wrap; }
nav ul { margin: .3rem 0 1rem; padding: 0; list-style: none; columns: 24rem; }
nav li { break-inside: avoid; padding: .1rem 0; }
nav a { display: flex; gap: .6rem; text-decoration: none; }
nav a:hover .path { text-decoration: underline; }
section { margin: 1.25rem 0; padding: 1rem 1.1rem; border: 1px solid var(--line); border-radius: 8px; }
section:target { border-color: var(--link); }
.head { display: flex; flex-wrap: wrap; gap: .2rem .7rem; align-items: baseline; margin-bottom: .3rem; }
.method { min-width: 2.6rem; font: 700 .8rem/1.8 ui-monospace, monospace; }
.get { color: var(--get); } .post { color: var(--post); }
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
  body { padding: 1.25rem .9rem 3rem; }
  section { padding: .8rem; }
  table:not(.statuses) td { display: block; width: auto; padding: 0; border: 0; }
  table:not(.statuses) td:first-child { border-top: 1px solid var(--line); padding-top: .35rem; }
  table:not(.statuses) td:last-child { padding-bottom: .35rem; }
  table td:first-child, table td:nth-child(2) { width: auto; }
}
`;
