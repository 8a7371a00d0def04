import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { publisher } from '../../lambda/events/bus';

describe('publishing on the event bus', () => {
  const service = mockClient(EventBridgeClient);
  const publish = publisher('bus', { source: 'source', type: 'type' });
  const events = Array.from({ length: 23 }, (_, index) => ({ time: 0, detail: { index } }));
  const taken = (count: number) => ({
    FailedEntryCount: 0,
    Entries: Array.from({ length: count }, () => ({ EventId: 'x' })),
  });
  beforeEach(() => service.reset());
  afterAll(() => service.restore());

  it('sends as many in a request as the service takes', async () => {
    service.on(PutEventsCommand).callsFake(({ Entries }) => taken(Entries.length));
    await publish(events);
    const sizes = service.commandCalls(PutEventsCommand).map(({ args }) => args[0].input.Entries?.length);
    expect(sizes).toEqual([10, 10, 3]);
  });

  it('sends what was not taken again, and only that', async () => {
    service
      .on(PutEventsCommand)
      .resolvesOnce({ FailedEntryCount: 1, Entries: [{ EventId: 'x' }, { ErrorCode: 'ThrottlingException' }] })
      .callsFake(({ Entries }) => taken(Entries.length));
    await publish(events.slice(0, 2));
    const [, again] = service.commandCalls(PutEventsCommand).map(({ args }) => args[0].input.Entries);
    expect(again?.map(({ Detail }) => Detail)).toEqual(['{"index":1}']);
  });

  it('fails when something is never taken: the stream then sends the records again', async () => {
    service.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] });
    await expect(publish(events.slice(0, 1))).rejects.toThrow('1 events were not taken: InternalFailure');
  });
});
