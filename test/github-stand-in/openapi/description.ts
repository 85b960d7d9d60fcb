/** GitHub's own OpenAPI description, cut down by `scripts/extract-openapi.ts`, as validators. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

interface Operation {
  readonly query: Readonly<Record<string, { readonly required?: boolean; readonly schema: object }>>;
  readonly request: object | null;
  readonly isBodyRequired: boolean;
  readonly responses: Readonly<Record<string, object | null>>;
}

interface Extract {
  readonly version: string;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly webhooks: Readonly<Record<string, object | null>>;
  readonly schemas: Readonly<Record<string, object>>;
}

const FILE = fileURLToPath(new URL('./github.json.gz', import.meta.url));
const ROOT = 'github';

/** Checks what goes in and out; every answer is a list of complaints, empty when all is well. */
export interface Description {
  readonly version: string;
  has(operation: string): boolean;
  checkRequest(operation: string, query: URLSearchParams, body: unknown): string[];
  checkResponse(operation: string, status: number, body: unknown): string[];
  checkWebhook(event: string, action: string | null, payload: unknown): string[];
}

let opened: Description | undefined;

/** Reads the description, once for the process; each schema is compiled when it is first needed. */
export function openDescription(): Description {
  opened ??= describe();
  return opened;
}

function describe(): Description {
  const extract: Extract = JSON.parse(gunzipSync(readFileSync(FILE)).toString());
  const ajv = new Ajv({ strict: false, allErrors: true });
  const lenient = new Ajv({ strict: false, allErrors: true, coerceTypes: 'array' });
  for (const instance of [ajv, lenient]) {
    addFormats.default(instance);
    instance.addSchema({ $id: ROOT, schemas: extract.schemas });
  }
  const compiled = new Map<string, ValidateFunction>();
  const check = (key: string, schema: object, value: unknown, instance = ajv): string[] => {
    const validate = compiled.get(key) ?? instance.compile(absolute(schema));
    compiled.set(key, validate);
    if (validate(value) === true) return [];
    // An `anyOf` complains about each of its branches; the deepest complaints say most.
    return (validate.errors ?? []).slice(0, 6).map(({ instancePath, message }) => `${key}: ${instancePath} ${message}`);
  };
  return {
    version: extract.version,
    has: (operation) => extract.operations[operation] !== undefined,
    checkRequest(operation, query, body) {
      const known = extract.operations[operation];
      if (known === undefined) return [`${operation}: not in the description`];
      const complaints = Object.entries(known.query).flatMap(([name, { required, schema }]) => {
        const value = query.get(name);
        if (value === null) return required === true ? [`${operation}: the query lacks ${name}`] : [];
        return check(`${operation} ?${name}`, { properties: { value: schema } }, { value }, lenient);
      });
      if (body === undefined) return known.isBodyRequired ? [...complaints, `${operation}: no body`] : complaints;
      return known.request === null ? complaints : [...complaints, ...check(`${operation} body`, known.request, body)];
    },
    checkResponse(operation, status, body) {
      const known = extract.operations[operation];
      if (known === undefined) return [`${operation}: not in the description`];
      const schema = known.responses[String(status)];
      if (status >= 400) {
        // GitHub's shapes of errors require nothing; its errors always have both.
        const basic = check('an error', { type: 'object', required: ['message', 'documentation_url'] }, body);
        return schema == null ? basic : [...basic, ...check(`${operation} ${status}`, schema, body)];
      }
      if (schema === undefined) return [`${operation}: ${status} is not described`];
      if (schema === null) return [];
      if (body === undefined) return [`${operation} ${status}: no JSON body`];
      return check(`${operation} ${status}`, schema, body);
    },
    checkWebhook(event, action, payload) {
      const name = [event, action].filter(Boolean).join('-').replaceAll('_', '-');
      const schema = extract.webhooks[name];
      return schema == null ? [`webhook ${name}: not in the description`] : check(`webhook ${name}`, schema, payload);
    },
  };
}

/** Points local references at the shared schemas. */
function absolute(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', `"$ref":"${ROOT}#/`));
}
