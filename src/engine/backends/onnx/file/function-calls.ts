import { OnnxFormatError } from './format-error.ts';

/** The size of one graph or function, every graph inside it included. */
export interface Body {
  nodes: number;
  /** Levels of nesting; 1 without graphs inside. */
  levels: number;
  bytes: number;
  /** How often each operator is used, by `domain:operator`, and the deepest level of its uses. */
  uses: Map<string, { times: number; level: number }>;
}

export type ExpandedSize = Pick<Body, 'nodes' | 'levels' | 'bytes'>;

export function emptyBody(bytes: number): Body {
  return { nodes: 0, levels: 1, bytes, uses: new Map() };
}

/**
 * The size of a graph after the engine has inlined its functions, computed without inlining, in time proportional to
 * the file. It may be Infinity.
 *
 * @throws {OnnxFormatError} a function calls itself, directly or through others, used or not
 */
export function expandedSize(graph: Body, functions: ReadonlyMap<string, Body>): ExpandedSize {
  const sizes = new Map<string, ExpandedSize>();
  for (const [id, body] of functions) if (!sizes.has(id)) measure(id, body, functions, sizes);
  return withCalls(graph, sizes);
}

/** Callees before callers, without recursion: a chain of calls may be as long as the file has room for. */
function measure(
  id: string,
  body: Body,
  functions: ReadonlyMap<string, Body>,
  sizes: Map<string, ExpandedSize>,
): void {
  const open = new Set([id]);
  const path = [{ id, body, callees: body.uses.keys() }];
  for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
    const { value: callee, done } = last.callees.next();
    if (done === true) {
      sizes.set(last.id, withCalls(last.body, sizes));
      open.delete(last.id);
      path.pop();
      continue;
    }
    const called = functions.get(callee);
    if (called === undefined || sizes.has(callee)) continue;
    if (open.has(callee))
      throw new OnnxFormatError(`The model's function ${JSON.stringify(callee)} calls itself.`);
    open.add(callee);
    path.push({ id: callee, body: called, callees: called.uses.keys() });
  }
}

function withCalls(body: Body, sizes: ReadonlyMap<string, ExpandedSize>): ExpandedSize {
  let { nodes, levels, bytes } = body;
  for (const [id, { times, level }] of body.uses) {
    const size = sizes.get(id);
    if (size === undefined) continue;
    nodes += times * size.nodes;
    bytes += times * size.bytes;
    levels = Math.max(levels, level + size.levels);
  }
  return { nodes, levels, bytes };
}
