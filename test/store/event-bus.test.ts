import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { systemClock } from '../../lambda/aws/retry';
import { publisher } from '../../lambda/revocation/bus';
import { type ScriptedService, scriptedService } from '../support/scripted-service';

const ENVIRONMENT = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'key',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'token',
};

describe('publishing on the event bus', () => {
  const before = { ...process.env };
  const events = Array.from({ length: 23 }, (_, index) => ({ time: 1_795_521_600_123, detail: { index } }));
  /** What became of each event of a request. */
  let outcomes: (entries: object[]) => object[];
  let service: ScriptedService;
  let publish: ReturnType<typeof publisher>;

  const taken = (entries: object[]) => entries.map(() => ({ EventId: 'x' }));
  const sent = (): any[][] => service.requests.map(({ body }) => body.Entries);

  beforeEach(async () => {
    outcomes = taken;
    service = await scriptedService(({ body }) => {
      const Entries = outcomes(body.Entries);
      return { Entries, FailedEntryCount: Entries.filter((entry) => 'ErrorCode' in entry).length };
    });
    Object.assign(process.env, ENVIRONMENT, { AWS_ENDPOINT_URL_EVENTBRIDGE: service.endpoint });
    publish = publisher('bus', { source: 'source', type: 'type' }, systemClock);
  });
  afterEach(async () => {
    await service.close();
    process.env = { ...before };
  });

  it('sends an event as the SDK’s own client sends it, signed with the function’s credentials', async () => {
    await publish(events.slice(0, 1));
    await new EventBridgeClient({}).send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: 'bus',
            Source: 'source',
            DetailType: 'type',
            Time: new Date(events[0]?.time ?? 0),
            Detail: '{"index":0}',
          },
        ],
      }),
    );
    const [ours, theirs] = service.requests.map(({ method, path, body, headers }) => ({
      method,
      path,
      body,
      operation: headers['x-amz-target'],
      type: headers['content-type'],
      token: headers['x-amz-security-token'],
      scope: /Credential=key\/\d{8}\/us-east-1\/\w+\/aws4_request/.exec(String(headers.authorization))?.[0],
    }));
    expect(ours).toEqual(theirs);
    expect(ours?.scope).toContain('/events/');
    expect(ours?.body.Entries[0].Time).toBe(1_795_521_600.123);
  });

  it('sends as many in a request as the service takes', async () => {
    await publish(events);
    expect(sent().map(({ length }) => length)).toEqual([10, 10, 3]);
  });

  it('sends what was not taken again, and only that', async () => {
    outcomes = (entries) =>
      entries.length === 2 ? [{ EventId: 'x' }, { ErrorCode: 'ThrottlingException' }] : taken(entries);
    await publish(events.slice(0, 2));
    expect(sent()[1]?.map(({ Detail }) => Detail)).toEqual(['{"index":1}']);
  });

  it('fails when something is never taken: the stream then sends the records again', async () => {
    outcomes = (entries) => entries.map(() => ({ ErrorCode: 'InternalFailure' }));
    await expect(publish(events.slice(0, 1))).rejects.toThrow('1 events were not accepted: InternalFailure');
  });
});
