/**
 * Cuts GitHub's OpenAPI description down to what the stand-in for tests uses:
 * `npm pack @octokit/openapi` in a folder outside the project (385 MB unpacked: never a dependency), then
 * `npm run openapi -- <folder>/package`. Drops prose and examples; `nullable` becomes `anyOf` with null, as JSON Schema says it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { OPERATIONS, WEBHOOKS } from '../test/github-stand-in/openapi/operations.ts';

interface Json {
  readonly [key: string]: unknown;
}

const OUT = fileURLToPath(new URL('../test/github-stand-in/openapi/github.json.gz', import.meta.url));

// Words for people; `format: uri` stays out because GitHub's own answers hold `[bot]` in their addresses.
const DROPPED = new Set(['description', 'example', 'examples', 'title', 'externalDocs', 'deprecated', 'discriminator']);

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function child(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), value);
}

const folder = path.resolve(process.argv[2] ?? '.');
const source: unknown = JSON.parse(readFileSync(path.join(folder, 'generated/api.github.com.json'), 'utf8'));
const manifest: unknown = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));

/** Follows `$ref` outside of schemas. */
function resolved(value: unknown): unknown {
  const ref = child(value, '$ref');
  return typeof ref === 'string' ? resolved(child(source, ...ref.slice(2).split('/'))) : value;
}

const wanted = new Set<string>();

/** OpenAPI 3.0 schema -> JSON Schema; remembers what it refers to. `isMap` where the keys are names of properties. */
function schemaOf(value: unknown, isMap = false): unknown {
  if (Array.isArray(value)) return value.map((item) => schemaOf(item));
  if (!isObject(value)) return value;
  if (typeof value.$ref === 'string' && !isMap) {
    const name = value.$ref.slice('#/components/schemas/'.length);
    wanted.add(name);
    return { $ref: `#/schemas/${name}` };
  }
  const plain: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (!isMap && (DROPPED.has(key) || key.startsWith('x-') || key === 'nullable' || key === 'default')) continue;
    if (!isMap && key === 'format' && item !== 'date-time') continue;
    if (isMap && key === 'events' && isObject(child(item, 'items')) && child(item, 'items', 'enum') !== undefined) {
      // The list of events that an App may know ends years ago in some webhooks and is up to date in others.
      plain[key] = { type: 'array', items: { type: 'string' } };
      continue;
    }
    plain[key] = key === 'enum' || key === 'required' ? item : schemaOf(item, !isMap && key === 'properties');
  }
  return !isMap && value.nullable === true ? { anyOf: [plain, { type: 'null' }] } : plain;
}

/** The JSON body of a request or an answer; null where there is none. */
function bodyOf(value: unknown): unknown {
  const content = child(resolved(value), 'content');
  const json = isObject(content) ? Object.entries(content).find(([type]) => /json$/.test(type)) : undefined;
  return json === undefined ? null : schemaOf(child(json[1], 'schema') ?? {});
}

/** An answer's body. Errors are `oneOf` shapes that include each other, so that a plain one fits several: any is enough. */
function answerOf(status: string, answer: unknown): unknown {
  const body = bodyOf(answer);
  if (Number(status) < 400 || !isObject(body) || !Array.isArray(body.oneOf)) return body;
  const { oneOf, ...rest } = body;
  return { ...rest, anyOf: oneOf };
}

function operation(name: string): Json {
  const [method = '', route = ''] = name.split(' ');
  const found = child(source, 'paths', route, method.toLowerCase());
  if (!isObject(found)) throw new Error(`GitHub's description has no ${name}`);
  const parameters = Array.isArray(found.parameters) ? found.parameters.map(resolved).filter(isObject) : [];
  const query = parameters
    .filter((parameter) => parameter.in === 'query')
    .map(({ name: parameter, required, schema }) => [String(parameter), { required, schema: schemaOf(schema) }]);
  const responses = Object.entries(isObject(found.responses) ? found.responses : {});
  return {
    query: Object.fromEntries(query),
    request: found.requestBody === undefined ? null : bodyOf(found.requestBody),
    isBodyRequired: child(resolved(found.requestBody), 'required') === true,
    responses: Object.fromEntries(responses.map(([status, answer]) => [status, answerOf(status, answer)])),
  };
}

// GitHub's description contradicts itself here: the list demands an account that is a user and an enterprise at once (`allOf`),
// the single installation one of both (`anyOf`). The list is checked by the schema of the single one.
const LIST = 'GET /app/installations';

const operations = Object.fromEntries(OPERATIONS.map((name) => [name, operation(name)]));
const items = schemaOf({ $ref: '#/components/schemas/installation' });
operations[LIST] = { ...operations[LIST], responses: { 200: { type: 'array', items } } };
const webhooks = Object.fromEntries(
  WEBHOOKS.map((name) => [name, bodyOf(child(source, 'x-webhooks', name, 'post', 'requestBody'))]),
);
const schemas: Record<string, unknown> = {};
for (const name of wanted) schemas[name] = schemaOf(child(source, 'components', 'schemas', name));

const extract = {
  source: '@octokit/openapi, generated/api.github.com.json',
  version: child(manifest, 'version'),
  license: 'MIT, see LICENSE.txt',
  corrected: [LIST, 'events of an App: any string', 'errors: any of the shapes'],
  operations,
  webhooks,
  schemas,
};
const text = JSON.stringify(extract);
writeFileSync(OUT, gzipSync(text, { level: 9 }));
process.stdout.write(
  `${OPERATIONS.length} operations, ${WEBHOOKS.length} webhooks, ${Object.keys(schemas).length} schemas: ` +
    `${text.length} bytes of JSON\n`,
);
