/** The request of the page as lines to copy, in three languages. */
import { BASE } from './api.js';
import { Exact } from './exact.js';
import { readKey } from './key.js';
import { Repeated } from './repeated.js';

/** Where a reader puts the key. */
export const KEY_PLACE = 'YOUR_KEY';

/** @import { Chosen, Sketch } from './api.js' */

/** @type {Record<string, (sketch: Sketch) => string>} */
export const LANGUAGES = { curl, TypeScript: typescript, Python: python };

/** @param {string} path */
const urlOf = (path) => new URL(path, BASE).href;
const hasKey = () => readKey() !== '';

/** @param {Sketch} sketch */
function curl({ path, body }) {
  const key = hasKey() ? [`--header 'Authorization: Bearer ${KEY_PLACE}'`] : [];
  /** @param {string} first @param {...string} rest */
  const command = (first, ...rest) => [`curl ${first}`, ...rest].join(' \\\n  ');
  const samples = samplesOf(body).map(({ file, samplePath = '' }) =>
    command(`--output ${shell(file.name)}`, ...key, shell(urlOf(samplePath))),
  );
  const [first = '', ...rest] = curlBody(body);
  const request = command(first, ...rest, ...key, shell(urlOf(path)));
  // A long body is made where it is sent.
  if (body.kind === 'json' && isLong(body.json)) {
    return `node -p ${shell(`JSON.stringify(${scriptValue(body.json)})`)} |\n  ${request}`;
  }
  return [...samples, request].join('\n\n');
}

/** @param {Sketch['body']} body */
function curlBody(body) {
  if (body.kind === 'file') return [`--data-binary ${shell(`@${body.file.file.name}`)}`];
  if (body.kind === 'json') {
    return [
      "--header 'Content-Type: application/json'",
      `--data ${isLong(body.json) ? '@-' : shell(JSON.stringify(body.json))}`,
    ];
  }
  return [
    '--no-buffer',
    ...body.fields.map(([name, value]) =>
      typeof value === 'string'
        ? `--form-string ${shell(`${name}=${value}`)}`
        : `--form ${shell(`${name}=@"${value.file.name.replaceAll(/["\\]/g, '\\$&')}"`)}`,
    ),
  ];
}

/** @param {Sketch} sketch */
function typescript({ path, body }) {
  const headers = [
    ...(hasKey() ? [`Authorization: 'Bearer ${KEY_PLACE}'`] : []),
    ...(body.kind === 'json' ? ["'Content-Type': 'application/json'"] : []),
  ];
  const before = [];
  const imports = new Set();
  let samples = 0;
  /** @param {Chosen} chosen */
  const fileOf = ({ file, samplePath }) => {
    if (samplePath !== undefined) {
      const key = hasKey() ? `, {\n  headers: { Authorization: 'Bearer ${KEY_PLACE}' },\n}` : '';
      const name = nameOf(samples++);
      before.push(`const ${name} = await fetch(${quote(urlOf(samplePath))}${key});`);
      return `await ${name}.blob()`;
    }
    imports.add("import { openAsBlob } from 'node:fs';");
    return `await openAsBlob(${quote(file.name)})`;
  };
  let content;
  if (body.kind === 'file') content = fileOf(body.file);
  else if (body.kind === 'json') content = `JSON.stringify(${scriptValue(body.json)})`;
  else {
    content = 'form';
    const fields = body.fields.map(([name, value]) =>
      typeof value === 'string'
        ? `form.append(${quote(name)}, ${quote(value)});`
        : `form.append(${quote(name)}, ${fileOf(value)}, ${quote(value.file.name)});`,
    );
    before.push('const form = new FormData();', ...fields);
  }
  return [
    ...imports,
    ...before,
    `const response = await fetch(${quote(urlOf(path))}, {`,
    "  method: 'POST',",
    ...(headers.length > 0 ? [`  headers: { ${headers.join(', ')} },`] : []),
    `  body: ${content},`,
    '});',
    'console.log(await response.text());',
  ].join('\n');
}

/** @param {Sketch} sketch */
function python(sketch) {
  return sketch.body.kind === 'form' ? pythonForm(sketch.path, sketch.body.fields) : pythonBody(sketch);
}

const pythonHeaders = () => `headers = {${hasKey() ? `"Authorization": "Bearer ${KEY_PLACE}"` : ''}}`;

/** Python's own library cannot make a form. @param {string} path @param {[string, string | Chosen][]} fields */
function pythonForm(path, fields) {
  const lines = ['import requests  # pip install requests', '', pythonHeaders()];
  const files = [];
  const data = [];
  let samples = 0;
  for (const [name, value] of fields) {
    if (typeof value === 'string') data.push(`(${JSON.stringify(name)}, ${JSON.stringify(value)})`);
    else if (value.samplePath === undefined) {
      files.push(`(${JSON.stringify(name)}, open(${JSON.stringify(value.file.name)}, "rb"))`);
    } else {
      const sample = nameOf(samples++);
      lines.push(
        `${sample} = requests.get(${JSON.stringify(urlOf(value.samplePath))}, headers=headers).content`,
      );
      files.push(`(${JSON.stringify(name)}, (${JSON.stringify(value.file.name)}, ${sample}))`);
    }
  }
  return [
    ...lines,
    'response = requests.post(',
    `    ${JSON.stringify(urlOf(path))},`,
    '    headers=headers,',
    `    data=[${data.join(', ')}],`,
    `    files=[${files.join(', ')}],`,
    ')',
    'print(response.text)',
  ].join('\n');
}

/** @param {Sketch} sketch */
function pythonBody({ path, body }) {
  const lines = ['from urllib.request import Request, urlopen', '', pythonHeaders()];
  let data = 'json.dumps(data).encode()';
  if (body.kind === 'json') {
    lines.unshift('import json');
    lines.push('headers["Content-Type"] = "application/json"', `data = ${pythonValue(body.json)}`);
  } else if (body.kind === 'file') {
    const { file, samplePath } = body.file;
    data = samplePath === undefined ? `open(${JSON.stringify(file.name)}, "rb").read()` : 'sample';
    if (samplePath !== undefined) {
      lines.push(`sample = urlopen(Request(${JSON.stringify(urlOf(samplePath))}, headers=headers)).read()`);
    }
  }
  return [
    ...lines,
    `request = Request(${JSON.stringify(urlOf(path))}, data=${data}, headers=headers)`,
    'print(urlopen(request).read().decode())',
  ].join('\n');
}

/** Of a variable. @param {number} at */
function nameOf(at) {
  return at === 0 ? 'sample' : `sample${at + 1}`;
}

/** @param {Sketch['body']} body @returns {Chosen[]} */
function samplesOf(body) {
  if (body.kind === 'json') return [];
  const files = body.kind === 'file' ? [body.file] : body.fields.map(([, value]) => value);
  return files
    .filter((value) => typeof value !== 'string')
    .filter(({ samplePath }) => samplePath !== undefined);
}

/** @param {unknown} json */
function isLong(json) {
  return JSON.stringify(json).length > 2_000;
}

/** @param {string} text */
function shell(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** @param {string} text */
function quote(text) {
  return `'${JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"')
    .replaceAll("'", String.raw`\'`)}'`;
}

/** @param {unknown} value @returns {string} */
function scriptValue(value) {
  if (value instanceof Exact) return `JSON.rawJSON('${value.digits}')`;
  if (value instanceof Repeated) return `Array(${value.count}).fill(${JSON.stringify(value.value)})`;
  if (Array.isArray(value)) return `[${value.map(scriptValue).join(', ')}]`;
  if (typeof value !== 'object' || value === null)
    return typeof value === 'string' ? quote(value) : String(value);
  const entries = Object.entries(value).map(
    ([key, part]) => `${/^[a-z_]\w*$/i.test(key) ? key : quote(key)}: ${scriptValue(part)}`,
  );
  return `{ ${entries.join(', ')} }`;
}

/** A text in JSON is the same in Python. @param {unknown} value @returns {string} */
function pythonValue(value) {
  if (value instanceof Exact) return value.digits;
  if (value instanceof Repeated) return `[${pythonValue(value.value)}] * ${value.count}`;
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(pythonValue).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, part]) => `${JSON.stringify(key)}: ${pythonValue(part)}`)
    .join(', ')}}`;
}
