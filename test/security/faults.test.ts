import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { localClient } from '../../local/database';
import type { DatabaseCall, Fault } from '../../local/faults';
import type { LocalStack } from '../../local/stack';
import { send } from '../support/api';
import { itemOf, putOver, type Ready, SCENARIOS, type Setting } from '../support/scenarios';
import { startStack, synthesizedTemplate } from '../support/stack';
import { atMost, idsOf, Trouble } from '../support/trouble';

const FAULTS: readonly Fault[] = ['throttled', 'failing', 'cut off', 'silent'];

const CLEANUP = 'aerotage-sessioncleanup-dev';

const trouble = new Trouble();
const gate = atMost(6);
let stack: LocalStack;
let documents: DynamoDBDocumentClient;
let users = 0;
const setting = (): Setting => ({ stack, documents, username: `user-${++users}` });
const idsIn = ({ devices, functionName }: Ready) => [
  ...devices.flatMap((device) => idsOf(device)),
  ...(functionName === undefined ? [] : [functionName]),
];
/** Those that are known by their function's name alone take turns. */
const turns = new Map<string, ReturnType<typeof atMost>>();
function inTurn<T>({ functionName }: Ready, run: () => Promise<T>): Promise<T> {
  if (functionName === undefined) return run();
  const turn = turns.get(functionName) ?? atMost(1);
  turns.set(functionName, turn);
  return turn(run);
}

beforeAll(async () => {
  stack = await startStack({ watch: trouble.watch, log: () => undefined });
  documents = DynamoDBDocumentClient.from(localClient(stack.databaseEndpoint));
});
afterAll(async () => {
  documents.destroy();
  await stack.close();
});

/** What is wrong with how one fault of one call is dealt with. */
async function problemsWith(prepare: (setting: Setting) => Promise<Ready>, at: number, fault: Fault) {
  return problemsOf(await gate(() => prepare(setting())), at, fault);
}

/** Ends its turn as soon as the database is silent: so those that wait for it wait together. */
async function inSilence(ready: Ready, at: number) {
  const { waiting } = await inTurn(ready, async () => {
    let silent: () => void = () => undefined;
    const silence = new Promise<void>((resolve) => {
      silent = resolve;
    });
    const waiting = trouble.during(idsIn(ready), ready.act, { at, fault: 'silent' }, silent);
    await Promise.race([silence, waiting]);
    // In an object, because a promise would be waited for.
    return { waiting };
  });
  return waiting;
}

async function problemsOf(ready: Ready, at: number, fault: Fault) {
  const { act, success, isTrue = async () => true, mayStillSucceed = async () => false } = ready;
  const inTrouble = () => gate(() => trouble.during(idsIn(ready), act, { at, fault }));
  const { result: first, calls } = await (fault === 'silent' ? inSilence(ready, at) : inTurn(ready, inTrouble));
  const what = `call ${at} (${calls[at]?.functionName} ${calls[at]?.action}) ${fault}`;
  const problems: string[] = [];
  const mayBe = first.status === 200 && (await mayStillSucceed(first));
  if (!mayBe && (first.status !== 503 || first.body.error?.code !== 'TRY_AGAIN' || !first.headers['retry-after'])) {
    problems.push(`${what}: answered ${first.status} ${JSON.stringify(first.body)}`);
  }
  // A deletion whose answer was lost has happened all the same, and the next try does not find what it deletes.
  const happened = await isTrue();
  const next = await inTurn(ready, () => gate(act));
  const isGone = next.status === 404 || next.body.error?.code === 'SESSION_ENDED';
  if (!success.includes(next.status) && !(happened && isGone)) {
    problems.push(`${what}: the next try answered ${next.status} ${JSON.stringify(next.body)}`);
  }
  if (!(await isTrue())) problems.push(`${what}: the next try succeeded, and it is not true`);
  return problems;
}

async function outcomeOf(prepare: (setting: Setting) => Promise<Ready>) {
  const ready = await gate(() => prepare(setting()));
  const { result, calls } = await inTurn(ready, () => trouble.during(idsIn(ready), ready.act));
  // Where trials take turns, the authorizer's calls, which are those of every route, are left to the others.
  const isTried = ({ functionName }: DatabaseCall) => functionName === (ready.functionName ?? functionName);
  const problems = calls.flatMap((call, at) =>
    isTried(call) ? FAULTS.map((fault) => problemsWith(prepare, at, fault)) : [],
  );
  return { clean: ready.success.includes(result.status), calls, problems: (await Promise.all(problems)).flat() };
}

describe('[V16.5.3] a database call that fails, whichever it is, is a 503 with Retry-After, and the next try succeeds:', () => {
  // Those that wait for a silent database wait together.
  const outcomes = new Map<string, ReturnType<typeof outcomeOf>>();
  beforeAll(async () => {
    for (const [name, prepare] of Object.entries(SCENARIOS)) outcomes.set(name, outcomeOf(prepare));
    await Promise.allSettled(outcomes.values());
  }, 120_000);

  it.each(Object.keys(SCENARIOS))('%s', async (name) => {
    const outcome = await outcomes.get(name);
    expect(outcome).toMatchObject({ clean: true, problems: [] });
    expect(outcome?.calls.length).toBeGreaterThan(0);
  });

  it('also if it answers nothing at all: the function answers before its own time is up', async () => {
    const silences = Object.entries(SCENARIOS).map(async ([name, prepare]) => {
      const ready = await gate(() => prepare(setting()));
      const silence = { at: 'all', fault: 'silent' } as const;
      const { result } = await inTurn(ready, () => trouble.during(idsIn(ready), ready.act, silence));
      // Only a function writes the time like this; the gateway, for one that has failed, writes a number.
      const isFunction = /^(registering|logging out)/.test(name);
      return [result.status, result.body.error?.code, isFunction ? typeof result.body.timestamp : 'string'];
    });
    for (const answer of await Promise.all(silences)) expect(answer).toEqual([503, 'TRY_AGAIN', 'string']);
  }, 60_000);

  it('and that is so for every function of the API that knows the database', async () => {
    const called = (await Promise.all(outcomes.values())).flatMap(({ calls }) => calls);
    const template = synthesizedTemplate();
    const withDatabase = template
      .all('AWS::Lambda::Function')
      .filter(([, { Environment }]) => Environment?.Variables.AWS_ENDPOINT_URL_DYNAMODB)
      .map(([, { FunctionName }]) => FunctionName);
    const inApi = template
      .all('AWS::Lambda::Permission')
      .filter(([, { Principal }]) => Principal === 'apigateway.amazonaws.com')
      .map(([, { FunctionName }]) => FunctionName.split(':').pop())
      .filter((name) => withDatabase.includes(name));
    expect(inApi.length).toBeGreaterThan(5);
    expect([...new Set(called.map(({ functionName }) => functionName))].sort()).toEqual(inApi.sort());
  });
});

describe('[V16.5.3] the cleanup goes on when a database call fails, and deletes what is over:', () => {
  const clean = () => send(`${stack.url}/_local/events/${stack.ruleNames[0]}`, { method: 'POST', body: {} });

  it.each(FAULTS.filter((fault) => fault !== 'silent'))('%s', async (fault) => {
    const scans = Array.from({ length: 32 }, () => 'Scan');
    const calls = ['PutItem', ...scans, 'BatchWriteItem', 'PutItem'];
    for (const at of [0, 1, 20, scans.length + 1, scans.length + 2]) {
      const where = setting();
      const over = await putOver(where);
      const { result, calls: made } = await trouble.during([CLEANUP], clean, { at, fault });
      expect([result.status, result.body.errors]).toEqual([200, 0]);
      // Everything is done again but the record of the beginning, for which no cleanup waits.
      const again = at === 0 ? calls : [...calls, calls[at]];
      expect(made.map(({ action }) => action).sort()).toEqual(again.map((name) => `dynamodb:${name}`).sort());
      expect(await itemOf(where, over)).toBeUndefined();
    }
  });
});
