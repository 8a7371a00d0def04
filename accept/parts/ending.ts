import { expectAnswer } from '../person';
import { type Check, type Checks, ownStage, statusAfter, waitFor } from '../target';

const ENDED_AT_ONCE = 5;

export const ENDING: Checks = {
  async 'ending.next-request'(target) {
    const here = await (await target.signIn('ending')).register();
    const there = await (await target.signIn('ending')).register();
    expectAnswer(await there.list(), 200);
    expectAnswer(await here.send(`DELETE ${here.sessions}/${encodeURIComponent(there.signInId)}`), 200);
    const next = await there.list();
    if (next.status === 200)
      throw new Error(`It passed for ${(await statusAfter(target, 200, there)).seconds} more seconds.`);
    return expectAnswer(next, 401, 'SESSION_ENDED');
  },
  'ending.disabled': endedBy('AdminDisableUser'),
  'ending.password-reset': endedBy('AdminResetUserPassword'),
  async 'users.found'(target) {
    const person = await target.signIn('found');
    const admin = await (await target.signIn('finder', true)).register();
    const find = async (email: string) => {
      const reply = await admin.send(`GET /users?email=${encodeURIComponent(email)}`);
      expectAnswer(reply, 200);
      return reply.body.data.map(({ id }: { id: string }) => id);
    };
    const found = await find(person.username);
    if (found.join() !== person.userId) throw new Error(`It found ${found.join(', ') || 'nobody'}.`);
    const others = await find(person.username.slice(0, -1));
    if (others.length > 0) throw new Error('It found somebody by a part of the address.');
    return 'It found the user, and nobody by a part of the address.';
  },
  async 'ending.one-event'(target) {
    const { aws, app, stage } = ownStage(target);
    const { QueueUrl } = await aws.call('sqs', 'GetQueueUrl', { QueueName: eventsQueue(app, stage) });
    const events = new Map<string, Set<string>>();
    for (let number = 0; number < ENDED_AT_ONCE; number++) {
      const person = await (await target.signIn('events')).register();
      events.set(person.signInId, new Set());
      expectAnswer(await person.send('POST /logout', {}), 200);
    }
    const { seconds } = await waitFor(target, 'An event of each ended session', async () => {
      const received = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 3_600, WaitTimeSeconds: 1 };
      const { Messages = [] } = await aws.call('sqs', 'ReceiveMessage', received);
      for (const { detail } of Messages.map(({ Body }: { Body: string }) => JSON.parse(Body)))
        events.get(detail.sessionId)?.add(detail.jti);
      return [...events.values()].every(({ size }) => size > 0) || undefined;
    });
    // An event may come twice, and is the same one then.
    if ([...events.values()].some(({ size }) => size > 1)) throw new Error('One ended session had two events.');
    return `${ENDED_AT_ONCE} sessions had one event each, within ${seconds} seconds.`;
  },
};

/** Where a stage of our own collects the events of ended sessions. */
export const eventsQueue = (app: string, stage: string) => `${app}-accept-events-${stage}`;

/** Does something to a user in the pool, and waits until the user's session has ended. */
function endedBy(operation: string): Check {
  return async (target) => {
    const { aws, userPool } = ownStage(target);
    const person = await (await target.signIn(operation)).register();
    expectAnswer(await person.list(), 200);
    await aws.call('cognito-idp', operation, { UserPoolId: userPool.id, Username: person.username });
    target.say(`Waiting for CloudTrail to report ${operation}`);
    const { seen, seconds } = await statusAfter(target, 200, person);
    expectAnswer(seen, 401, 'SESSION_ENDED');
    return `The session lived for ${seconds} more seconds.`;
  };
}
