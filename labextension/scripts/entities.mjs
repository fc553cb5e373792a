// src/entities.ts: the entities as the server's OpenAPI document tells them. With --check nothing is written.
import { execFileSync } from 'child_process';
import { readFileSync, writeFileSync } from 'fs';
import { dirname, join } from 'path';
import { fileURLToPath } from 'url';

import openapi, { astToString } from 'openapi-typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'src/entities.ts');
const schemas = '#/components/schemas/';

/** The names of all schemas that a part of the document refers to, also by others. */
function reached(part, all, found = new Set()) {
  JSON.stringify(part, (key, value) => {
    if (key === '$ref' && value.startsWith(schemas) && !found.has(value.slice(schemas.length))) {
      found.add(value.slice(schemas.length));
      reached(all[value.slice(schemas.length)], all, found);
    }
    return value;
  });
  return found;
}

/** What has a default is always in an answer, but need not be in a request. */
function withoutDefaultsOfRequests(document) {
  const all = document.components.schemas;
  const operations = Object.values(document.paths).flatMap(path => Object.values(path));
  const asked = reached(
    operations.map(each => each.requestBody),
    all
  );
  const answered = reached(
    [...operations.map(each => each.responses), all.Change && { $ref: `${schemas}Change` }],
    all
  );
  for (const name of [...asked].filter(name => !answered.has(name))) {
    for (const property of Object.values(all[name].properties ?? {})) {
      delete property.default;
    }
  }
  return document;
}

/** Pydantic gives every field its own name as a title, which says nothing. */
function withoutTitles({ paths, components, ...others }) {
  const bare = JSON.stringify({ paths, components }, (key, value) =>
    key === 'title' && typeof value === 'string' ? undefined : value
  );
  return { ...others, ...JSON.parse(bare) };
}

const printed = execFileSync(
  process.env.PYTHON ?? 'python',
  ['-m', 'jupyter_mlops.server.api.openapi'],
  {
    cwd: join(root, '..'),
    maxBuffer: 1 << 28
  }
);
const document = withoutDefaultsOfRequests(withoutTitles(JSON.parse(printed)));
const types = await openapi(document, {
  alphabetize: true,
  rootTypes: true,
  rootTypesNoSchemaPrefix: true
});
const text = `// Made by \`jlpm generate\` from the entities of jupyter_mlops/server/api; do not edit.\n\n${astToString(types)}`;

if (!process.argv.includes('--check')) {
  writeFileSync(target, text);
} else if (readFileSync(target, 'utf8') !== text) {
  console.error('src/entities.ts is not what the server answers any more: run `jlpm generate`');
  process.exitCode = 1;
}
