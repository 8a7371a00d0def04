import { createHash } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { HttpRequest } from '@smithy/core/protocols';
import fc from 'fast-check';
import { requestSigner } from '../../lambda/dynamodb/signature';

const secret = fc.string({ minLength: 1, unit: 'grapheme-ascii' });
const credentials = fc.record({
  accessKeyId: fc.stringMatching(/^[A-Z0-9]{4,20}$/),
  secretAccessKey: secret,
  sessionToken: fc.option(fc.stringMatching(/^[\w/+=]{1,200}$/), { nil: undefined }),
});
const date = fc.date({ min: new Date('2020-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
const region = fc.constantFrom('us-east-1', 'eu-central-1', 'ap-southeast-2');

describe('A request’s signature', () => {
  it('is the one that the SDK’s own signer makes, over whatever body, by whomever and whenever', () =>
    fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), credentials, date, region, async (body, who, when, where) => {
        const headers = {
          host: `dynamodb.${where}.amazonaws.com`,
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': 'DynamoDB_20120810.GetItem',
          // The SDK's signer would add it.
          'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
        };
        const signer = await new DynamoDBClient({ region: where, credentials: who }).config.signer();
        const request = new HttpRequest({ method: 'POST', path: '/', headers: { ...headers }, body });
        const expected = await signer.sign(request, { signingDate: when });
        expect(requestSigner(where, '/')(headers, body, who, when)).toEqual(expected.headers);
      }),
    ));

  it('is made anew for other credentials and on another day', () => {
    const sign = requestSigner('us-east-1', '/');
    const one = { accessKeyId: 'one', secretAccessKey: 'secret' };
    const other = { accessKeyId: 'one', secretAccessKey: 'another secret' };
    const [today, tomorrow] = [new Date('2026-11-24T12:00:00Z'), new Date('2026-11-25T12:00:00Z')];
    const inTurn = [
      [one, today],
      [other, today],
      [other, tomorrow],
      [one, today],
    ] as const;
    for (const [who, when] of inTurn) {
      expect(sign({}, '', who, when)).toEqual(requestSigner('us-east-1', '/')({}, '', who, when));
    }
  });
});
