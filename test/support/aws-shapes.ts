import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import type { Aws } from '../../accept/aws';

/**
 * The shapes of the operations that `npm run accept` calls, as JSON schemas: made of the service models that the AWS
 * command line 1.45.11 brings (botocore 1.43.11).
 */
const SHAPES: Record<string, Record<'input' | 'output', object>> = JSON.parse(
  readFileSync(join(__dirname, '..', 'data', 'aws-shapes.json'), 'utf8'),
);
const ajv = new Ajv({ allErrors: true, strict: false });

/** Sees what goes through a port to AWS, and refuses what the services' models do not have. */
export function checkedByModels(aws: Aws): Aws & { readonly called: Set<string> } {
  const called = new Set<string>();
  return {
    called,
    async call(service, operation, input) {
      const name = `${service}.${operation}`;
      called.add(name);
      assertShape(name, 'input', input);
      const output = await aws.call(service, operation, input);
      assertShape(name, 'output', output);
      return output;
    },
  };
}

function assertShape(name: string, side: 'input' | 'output', value: unknown): void {
  const schema = SHAPES[name]?.[side];
  if (!schema) throw new Error(`The models here do not have ${name}.`);
  if (!ajv.validate(schema, value)) throw new Error(`The ${side} of ${name} is wrong: ${ajv.errorsText()}`);
}
