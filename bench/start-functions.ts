import { randomUUID } from 'node:crypto';
import { authorizerEvent, routeEvent } from './events';
import { type LocalRun, USER_AGENT } from './local-run';

/** A function to be started, and what it is asked first. */
export interface Started {
  /** The middle part of its name. */
  readonly name: string;
  /** Its file in `lambda/`. */
  readonly entry: string;
  /** Makes a first event; absent where the function is only loaded. */
  readonly event?: (run: LocalRun) => Promise<unknown>;
  /** Whether that is the answer to it. */
  readonly isRight?: (answer: any) => boolean;
}

const LIST = 'GET /users/{id}/sessions';
const status =
  (expected: number) =>
  ({ statusCode }: { statusCode: number }) =>
    statusCode === expected;
const someone = () => `bench-${randomUUID()}`;

export const STARTED: readonly Started[] = [
  {
    name: 'authorizer',
    entry: 'authorizer',
    event: async (run) => authorizerEvent({ route: LIST, person: await run.register(someone()) }),
    isRight: ({ policyDocument }) => policyDocument.Statement[0].Resource[0].endsWith('/*'),
  },
  {
    name: 'createsession',
    entry: 'create-session',
    event: async (run) => {
      const body = { userAgent: USER_AGENT };
      return routeEvent({ route: 'POST /users/{id}/sessions', person: await run.signIn(someone()), body });
    },
    isRight: status(201),
  },
  {
    name: 'listsessions',
    entry: 'list-sessions',
    event: async (run) => routeEvent({ route: LIST, person: await run.register(someone()) }),
    isRight: status(200),
  },
  {
    name: 'terminatesession',
    entry: 'terminate-session',
    event: async (run) => {
      const username = someone();
      const { claims } = await run.register(username);
      const person = await run.register(username);
      return routeEvent({ route: 'DELETE /users/{id}/sessions/{sessionId}', person, sessionId: claims.origin_jti });
    },
    isRight: status(200),
  },
  {
    name: 'terminatesessions',
    entry: 'terminate-sessions',
    event: async (run) => {
      const username = someone();
      await run.register(username);
      return routeEvent({ route: 'DELETE /users/{id}/sessions', person: await run.register(username) });
    },
    isRight: status(200),
  },
  {
    name: 'logout',
    entry: 'logout',
    event: async (run) => routeEvent({ route: 'POST /logout', person: await run.register(someone()), body: {} }),
    isRight: status(200),
  },
  {
    name: 'sessionevents',
    entry: 'session-events',
    event: async (run) => ({
      source: 'bench',
      'detail-type': 'End Sessions',
      time: new Date().toISOString(),
      detail: { userId: (await run.register(someone())).userId },
    }),
    isRight: ({ ended }) => ended === 1,
  },
  {
    name: 'sessionended',
    entry: 'session-ended',
    event: async () => ({
      Records: [
        {
          eventID: randomUUID(),
          eventName: 'REMOVE',
          dynamodb: {
            ApproximateCreationDateTime: Date.now() / 1_000,
            OldImage: { sessionId: { S: randomUUID() }, userId: { S: randomUUID() } },
          },
        },
      ],
    }),
    isRight: (answer) => answer === undefined,
  },
  // Its first answer is the durable execution engine's, which is no part of the bundle.
  { name: 'sessioncleanup', entry: 'cleanup' },
];
