import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';

const document = JSON.parse(readFileSync(join(__dirname, '..', '..', 'docs', 'openapi.json'), 'utf8'));
const ajv = addFormats(new Ajv2020({ strict: false, allErrors: true }));
ajv.addSchema(document, 'api');

/** The API below a local run's stage path; what stands under `/_local/` is not described. */
const BELOW_STAGE = /^http:\/\/127\.0\.0\.1:\d+\/(?!_local\/)[\w-]+(\/[^?]*)/;
const REFUSED_AS_SENT = [400, 401, 403, 413, 415];
const compiled = new Map<string, ValidateFunction>();

function validatorOf(...pointer: string[]): ValidateFunction {
  const path = pointer.map((part) => encodeURIComponent(part.replace(/~/g, '~0').replace(/\//g, '~1'))).join('/');
  const found = compiled.get(path) ?? ajv.compile({ $ref: `api#/${path}` });
  compiled.set(path, found);
  return found;
}

/** @throws an error when a request or its answer is not what the API's description says */
export function assertDescribed(
  { method, url, sent }: { method: string; url: string; sent: unknown },
  { status, received }: { status: number; received: unknown },
): void {
  const path = BELOW_STAGE.exec(url)?.[1];
  if (path === undefined || method === 'OPTIONS') return;
  const problem = (what: string, validate?: ValidateFunction) =>
    new Error(
      `${method} ${path} ${what}: ${ajv.errorsText(validate?.errors)}\n${JSON.stringify(received).slice(0, 500)}`,
    );
  const template = Object.keys(document.paths).find((one) =>
    new RegExp(`^${one.replace(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
  const operation = template && document.paths[template][method.toLowerCase()];
  if (!operation) {
    const isFailure = validatorOf('components', 'schemas', 'Failure');
    if (!isFailure(received)) throw problem('is no route, and the answer no failure', isFailure);
    return;
  }
  const at = ['paths', template, method.toLowerCase()];
  if (!operation.responses[status]) throw problem(`has no answer ${status} in its description`);
  const fits = validatorOf(...at, 'responses', String(status), 'content', 'application/json', 'schema');
  if (!fits(received)) throw problem(`answered ${status} in another shape than described`, fits);
  if (!operation.requestBody || REFUSED_AS_SENT.includes(status)) return;
  // Where a body is not needed, a broken one does no harm.
  if (!operation.requestBody.required && typeof sent !== 'object') return;
  const takes = validatorOf(...at, 'requestBody', 'content', 'application/json', 'schema');
  if (!takes(typeof sent === 'string' ? JSON.parse(sent) : sent))
    throw problem('took a body that is not as described', takes);
}
