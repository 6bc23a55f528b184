// Reads the description of the scheduler's API (OpenAPI 3.1) and writes the types of the web client.
import { readFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const description = JSON.parse(readFileSync(0, 'utf8'));

// How a request is refused is read by hand, with distrust (web-client/src/protocol/api.ts); and the client says itself which
// headers it sends. What is left is what a page relies on.
for (const item of Object.values(description.paths)) {
  for (const operation of Object.values(item)) {
    const answers = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
    operation.responses = Object.fromEntries(answers.map(([status, { headers: _, ...rest }]) => [status, rest]));
    operation.parameters = (operation.parameters ?? []).filter((one) => one.in !== 'header');
    if (operation.parameters.length === 0) delete operation.parameters;
    delete operation.security;
    delete operation.tags;
  }
}

const types = astToString(await openapiTS(description));
const lines = types.split('\n').filter((line) => !/^ +(query|header|path|cookie|get|put|post|delete|options|head|patch|trace|requestBody)\?: never;$/.test(line));
process.stdout.write(`// Made of the scheduler's description by tests/api/types.sh, which also tells whether it is still true; not written by hand.\n\n${lines.join('\n')}`);
