import { statSync } from 'node:fs';
import { join } from 'node:path';
import { synthesizedTemplate } from '../support/stack';

/** Every byte of a bundle is loaded at each cold start. */
const MOST_BYTES = 260_000;

describe('The bundle of a function of the API', () => {
  const template = synthesizedTemplate();
  const functions = template
    .all('AWS::Lambda::Function')
    .map(([, properties]) => properties)
    // The cleanup carries the engine of durable executions, and nobody waits for its cold start.
    .filter(({ DurableConfig }) => !DurableConfig)
    .map(({ FunctionName, Code }) => [FunctionName, join(template.assetPath(Code.S3Key), 'index.js')] as const);

  test.each(functions)('%s is small', (_, file) => {
    expect(statSync(file).size).toBeLessThanOrEqual(MOST_BYTES);
  });
});
