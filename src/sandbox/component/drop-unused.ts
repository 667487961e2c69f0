/**
 * Takes out of the translator's glue what nothing reaches: functions, classes and constants.
 *
 * The glue is evaluated for each instance. A declaration less is one less to evaluate, and one less to collect as garbage.
 * The minifier that the translator has (oxc-minify) keeps classes with static fields and those that name one another,
 * which are most of what goes here.
 */

/** Up to the brace that opens the body of a function or class; its parameters may have braces of their own. */
const BODY_HEAD = /^[ \t]*(?:async )?(?:function|class) ([\w$]+)[^\n{]*(?:\{[^\n{}]*\}[^\n{]*)?\{\n/gm;

/** A constant that is made without calling anything of the glue, or a variable without a value. */
const VALUE =
  /^[ \t]*(?:const ([\w$]+) ?= ?(?:new (?:Map|Set)\(\)|Symbol(?:\.for)?\('[^'\n]*'\)|\[\]|\{[^\n{}()]*\}|null|'[^'\n]*'|\([^()\n]*\) => [^\n]*|\d+n?)|let ([\w$]+));\n/gm;

/** Braces, and what may contain some that are none: texts and comments. */
const BRACE = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[^])*`|\/\/[^\n]*|\/\*[^]*?\*\/|[{}]/g;

const NAME = /[\w$]+/g;

interface Declaration {
  name: string;
  start: number;
  end: number;
}

/** @returns the glue without them; a name counts as reached wherever it stands, even in a text */
export function dropUnused(glue: string): string {
  const declarations = outermost([...bodiesIn(glue), ...valuesIn(glue)]);
  const byName = Map.groupBy(declarations, ({ name }) => name);
  const reached = new Set<string>();
  const kept = new Set<Declaration>();
  const waiting = [outside(glue, declarations)];
  for (let text = waiting.pop(); text !== undefined; text = waiting.pop()) {
    for (const [name] of text.matchAll(NAME)) {
      if (reached.has(name)) continue;
      reached.add(name);
      for (const declaration of byName.get(name) ?? []) {
        kept.add(declaration);
        waiting.push(glue.slice(declaration.start, declaration.end));
      }
    }
  }
  return outside(
    glue,
    declarations.filter((declaration) => !kept.has(declaration)),
  );
}

function bodiesIn(glue: string): Declaration[] {
  return [...glue.matchAll(BODY_HEAD)].map((head) => ({
    name: head[1] ?? '',
    start: head.index,
    end: endOfBody(glue, head.index + head[0].length),
  }));
}

function valuesIn(glue: string): Declaration[] {
  return [...glue.matchAll(VALUE)].map((value) => ({
    name: value[1] ?? value[2] ?? '',
    start: value.index,
    end: value.index + value[0].length,
  }));
}

function endOfBody(glue: string, start: number): number {
  BRACE.lastIndex = start;
  for (let depth = 1; depth > 0;) {
    const found = BRACE.exec(glue)?.[0];
    if (found === undefined) return glue.length;
    if (found === '{') depth++;
    else if (found === '}') depth--;
  }
  return glue.startsWith('\n', BRACE.lastIndex) ? BRACE.lastIndex + 1 : BRACE.lastIndex;
}

function outermost(declarations: readonly Declaration[]): Declaration[] {
  let end = 0;
  return declarations
    .toSorted((a, b) => a.start - b.start)
    .filter((declaration) => {
      if (declaration.start < end) return false;
      end = declaration.end;
      return true;
    });
}

/** The text outside of these declarations, which are in order and do not overlap. */
function outside(glue: string, declarations: readonly Declaration[]): string {
  const starts = [0, ...declarations.map(({ end }) => end)];
  const ends = [...declarations.map(({ start }) => start), glue.length];
  return starts.map((start, index) => glue.slice(start, ends[index])).join('');
}
