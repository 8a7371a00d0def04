import { type Aws, NotAsked } from '../../accept/aws';
import { localTarget } from '../../accept/local';
import { assumptions, CHECKS, runAll } from '../../accept/run';
import type { Target } from '../../accept/target';
import { ROUTES } from '../../lib/routes';
import { readAssembly } from '../../local/assembly';
import { checkedByModels } from '../support/aws-shapes';
import { changedAssembly, synthesized } from '../support/stack';

const silent = () => undefined;
const resultsOf = async (target: Target, only?: string) => (await runAll(target, only)).results;
const idsOf = (results: Awaited<ReturnType<typeof resultsOf>>, wanted: string) =>
  results.filter(({ result }) => result === wanted).map(({ id }) => id);

it('accept/assumptions.md lists what is checked, and says how to ask about the rest', () => {
  const rows = assumptions();
  expect(rows.filter(({ how }) => how === '').map(({ id }) => id)).toEqual(Object.keys(CHECKS));
  expect(rows.filter(({ how }) => how !== '').length).toBeGreaterThan(0);
});

it('on the local run everything holds that needs no account, by calls that the services’ models have', async () => {
  let checked: ReturnType<typeof checkedByModels> | undefined;
  const seenBy = (aws: Aws) => {
    checked = checkedByModels(aws);
    return checked;
  };
  const { target, close } = await localTarget(synthesized(), silent, seenBy);
  try {
    const { results, latencies } = await runAll(target);
    expect(results.filter(({ result }) => result === 'did not hold')).toEqual([]);
    expect(idsOf(results, 'not asked')).toEqual([
      'sign-in.rotated',
      'gateway.unsigned-logout',
      'gateway.authorizer-throttled',
      'alarms.told',
      'cleanup.deployment',
      'sign-in.cookie',
      'ending.sign-in-page',
      'ending.at-pool',
      'alarms.failed-execution',
      'cleanup.dead-letter',
      'cleanup.requested',
      'database.own-key',
      'preflight.durable-functions',
      'origin.viewer',
      'doors.http-api',
      'doors.web-socket',
      'doors.app-sync',
    ]);
    expect(latencies?.map(({ route }) => route).sort()).toEqual(
      ROUTES.map(({ method, path }) => `${method} ${path}`).sort(),
    );
    expect(checked?.called.size).toBeGreaterThan(10);
  } finally {
    await close();
  }
});

// What the report says must name the assumption.
it.each<[string, string, (resources: Record<string, any>) => void, number?]>([
  [
    'gateway.authorizer-throws',
    'without an answer for an authorizer that throws',
    (resources) => {
      for (const [id, { Properties }] of Object.entries(resources))
        if (Properties?.ResponseType === 'AUTHORIZER_CONFIGURATION_ERROR') delete resources[id];
    },
  ],
  [
    'cleanup.time-to-live',
    'whose sessions table has no time to live',
    (resources) => {
      for (const { Properties } of Object.values(resources))
        if (Properties?.TableName?.includes('user-sessions')) delete Properties.TimeToLiveSpecification;
    },
  ],
  [
    'ending.one-event',
    'whose change stream has keys only',
    (resources) => {
      for (const { Properties } of Object.values(resources))
        if (Properties?.StreamSpecification) Properties.StreamSpecification.StreamViewType = 'KEYS_ONLY';
    },
    // It waits in vain for an event that never comes.
    10_000,
  ],
])('%s does not hold on a stack %s', async (id, _, change, most = 60_000) => {
  const errors = jest.spyOn(console, 'error').mockImplementation(silent);
  const { target, close } = await localTarget(readAssembly(changedAssembly(change)), silent);
  try {
    const results = await resultsOf({ ...target, times: { ...target.times, most } }, id.split('.')[0]);
    expect(idsOf(results, 'did not hold')).toEqual([id]);
  } finally {
    await close();
    errors.mockRestore();
  }
});

it('a stage of somebody else is asked from outside only', async () => {
  const { target, close } = await localTarget(synthesized(), silent);
  try {
    const person = await target.signIn('ada');
    person.register = () => Promise.reject(new NotAsked('It is used already.'));
    const results = await resultsOf({ ...target, own: undefined, signIn: async () => person });
    expect(idsOf(results, 'did not hold')).toEqual([]);
    expect(idsOf(results, 'held')).toEqual([
      'contract.kept',
      'sign-in.refreshed',
      ...['no-route', 'no-token', 'too-large', 'wrong-type', 'header-case'].map((name) => `gateway.${name}`),
    ]);
  } finally {
    await close();
  }
});

it('asks nothing more after an interruption', async () => {
  const controller = new AbortController();
  controller.abort();
  const target = { say: silent } as unknown as Target;
  const { results, latencies } = await runAll(target, undefined, controller.signal);
  expect(latencies).toBeUndefined();
  expect(idsOf(results, 'not asked')).toHaveLength(results.length);
});
