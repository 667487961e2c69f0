// Adds Debian's packages and Node to npm's bill of materials: sbom.js PACKAGES NODE_VERSION <npm.json >image.json
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';

const [folder = '', nodeVersion = ''] = process.argv.slice(2);
const bom = /** @type {{ components: unknown[] }} */ (await json(process.stdin));
for (const file of readdirSync(folder)) {
  const text = readFileSync(join(folder, file), 'utf8');
  const field = (/** @type {string} */ key) => new RegExp(`^${key}: (.*)$`, 'm').exec(text)?.[1] ?? '';
  const [name, version, arch] = ['Package', 'Version', 'Architecture'].map(field);
  const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version ?? '')}?arch=${arch}`;
  bom.components.push({ type: 'library', name, version, purl, 'bom-ref': purl });
}
const purl = `pkg:generic/node@${nodeVersion}`;
bom.components.push({ type: 'application', name: 'node', version: nodeVersion, purl, 'bom-ref': purl });
process.stdout.write(`${JSON.stringify(bom, null, 2)}\n`);
