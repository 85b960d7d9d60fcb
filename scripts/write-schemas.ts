/** Writes the published JSON Schemas, dist/report.schema.json and dist/policy.schema.json, from the schemas that make the types. */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as z from 'zod';
import { policySchema } from '../src/policy/schema.ts';
import { REPORT_SCHEMA_VERSION, reportSchema } from '../src/report/report.ts';
import { TOOL } from '../src/version.ts';

// The package registry's mirror serves every published version's files under a fixed address; editors fetch it.
const BASE = `https://unpkg.com/${TOOL.name}@${TOOL.version}/dist`;

/** Both schemas, by file name. */
export function makeSchemas(): Readonly<
  Record<'policy.schema.json' | 'report.schema.json', z.core.JSONSchema.JSONSchema>
> {
  // `io: input` describes what people write: sizes as text, and nothing required that has a default.
  const policy = z.toJSONSchema(policySchema, { io: 'input', override: dropSafeIntegerLimits });
  const report = z.toJSONSchema(reportSchema, { override: dropSafeIntegerLimits });
  return {
    'policy.schema.json': {
      $id: `${BASE}/policy.schema.json`,
      title: 'GLB Optimizer policy',
      description: 'The file .github/glb-optimizer.yml: which .glb files to optimize, how far, and for whom.',
      ...policy,
    },
    'report.schema.json': {
      $id: `${BASE}/report.schema.json`,
      title: 'GLB Optimizer report',
      description: `The file report.json, schema version ${REPORT_SCHEMA_VERSION}.`,
      ...report,
    },
  };
}

// zod writes JavaScript's largest exact integer as the limit of every integer: true, and noise in an editor.
function dropSafeIntegerLimits({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = fileURLToPath(new URL('../dist/', import.meta.url));
  await mkdir(folder, { recursive: true });
  for (const [name, schema] of Object.entries(makeSchemas())) {
    await writeFile(`${folder}${name}`, `${JSON.stringify(schema, null, 2)}\n`);
  }
}
