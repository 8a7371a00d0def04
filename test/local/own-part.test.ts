import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { AttributeType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { SessionBackend } from '../../lib/session-backend';
import { readOwnPart } from '../../local/own-part';
import { startLocalStack } from '../../local/stack';
import { STAGE_SHAPES } from '../../tools/stage-shapes';
import { Device } from '../support/api';
import { synthesizeStage } from '../support/stack';

/** An app of somebody's with a backend for each stage, and with what is not the backend's. */
function synthesizeApp(...stages: string[]): string {
  const outdir = mkdtempSync(join(tmpdir(), 'session-backend-app-'));
  const app = new App({ outdir, context: { 'aws:cdk:bundling-stacks': [] } });
  const stack = new Stack(app, 'Team');
  new Bucket(stack, 'Pictures');
  const userPool = new UserPool(stack, 'People');
  const table = new Table(stack, 'Old', {
    partitionKey: { name: 'sessionId', type: AttributeType.STRING },
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
    encryptionKey: new Key(stack, 'Key'),
  });
  const clients = [userPool.addClient('Web')];
  for (const stage of stages) {
    new SessionBackend(stack, stage, { app: 'acme', stage, userPool, clients, ...(stage === 'prod' && { table }) });
  }
  return app.synth().directory;
}

describe('the session backend’s part of an app', () => {
  const folder = synthesizeApp('prod', 'test');

  it('is found, and what else is there is named', () => {
    const { assembly, leftOut } = readOwnPart(folder, 'test');
    const names = Object.values(assembly.resources).map(({ Properties }) => Properties.FunctionName ?? '');
    expect(names).toContain('acme-authorizer-test');
    expect(names).not.toContain('acme-authorizer-prod');
    expect(leftOut).toContainEqual(expect.stringMatching(/^Pictures\w+ \(AWS::S3::Bucket\)$/));
    expect(leftOut).toContainEqual(expect.stringMatching(/^People\w+ \(AWS::Cognito::UserPool\)$/));
  });

  it('has stand-ins for a user pool and a table of the same app', () => {
    expect(readOwnPart(folder, 'test').standIns).toEqual([expect.stringMatching(/local issuer/)]);
    const { standIns } = readOwnPart(folder, 'prod');
    expect(standIns).toEqual([
      expect.stringMatching(/local issuer/),
      expect.stringMatching(/table Old\w+ is a local one/),
    ]);
  });

  it.each([
    [undefined, 'has several backends. Name one with --stage: prod, test.'],
    ['dev', 'has no backend of the stage dev; it has: prod, test.'],
  ])('is not guessed: the stage %s', (stage, sentence) => {
    expect(() => readOwnPart(folder, stage)).toThrow(sentence);
  });
});

it.each(['existing', 'console'])('the stage shape %s runs here, whole', async (shape) => {
  const folder = synthesizeStage(STAGE_SHAPES[shape] ?? {}, { bundled: true });
  const { assembly, leftOut } = readOwnPart(folder);
  expect(leftOut).toEqual([]);
  const stack = await startLocalStack({ assembly, port: 0, databasePort: 0, lazy: true, log: () => undefined });
  try {
    const laptop = await Device.register(stack, 'ada');
    const phone = await Device.register(stack, 'ada');
    expect((await phone.end(laptop.signInId)).status).toBe(200);
    expect((await laptop.list()).status).toBe(401);
  } finally {
    await stack.close();
  }
});
