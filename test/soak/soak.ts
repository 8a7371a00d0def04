import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { readFlags, runCommand, UsageProblem } from '../../command/command';
import { LOCAL_CREDENTIALS } from '../../local/database';
import { REGION } from '../../local/template';
import { synthesizeStage } from '../support/stack';
import { checkHistory } from './check-history';
import { Recorder, readHistory, type SessionLimit } from './history';
import { LocalRun } from './local-run';
import { answered, fire, Person, type Scene } from './person';
import { report } from './report';

const USAGE = `Usage: npm run soak -- [--seconds N] [--history FILE] [--stages NAMES]
       npm run soak -- --check FILE
  --seconds N      how long there is traffic, over all stages (60)
  --history FILE   where the history is kept; else it is deleted once it is checked
  --stages NAMES   some of unlimited,deny,end-oldest (all)
  --check FILE     only check a history
Many users sign in, refresh, register, list, end and log out through the local run, while 5 % of its database calls
fail and it is killed and started again. Every operation becomes a line of the history, from which alone a checker
decides whether each sign-in registered once, was live, ended and never came back, and whether a limit was exceeded.
Exit code 1 if not.`;

const STAGES: Readonly<Record<string, SessionLimit | undefined>> = {
  unlimited: undefined,
  deny: { most: 3, whenReached: 'deny' },
  'end-oldest': { most: 3, whenReached: 'end-oldest' },
};
const FAULTS = 0.05;
/** How many users act at once, with how many hands, and after how many actions another user takes the place. */
const [PLACES, HANDS, ACTIONS] = [8, 3, 60];
const MOST_SECONDS_BETWEEN_KILLS = 10;

runCommand(async () => {
  const flags = readFlags(USAGE, {
    seconds: { type: 'string', default: '60' },
    history: { type: 'string' },
    stages: { type: 'string', default: Object.keys(STAGES).join() },
    check: { type: 'string' },
  } as const);
  if (flags.check !== undefined) return judge(flags.check);

  const seconds = Number(flags.seconds);
  if (!(seconds > 0)) throw new UsageProblem(`--seconds is "${flags.seconds}"; a positive number is expected.`);
  const stages = flags.stages.split(',');
  const unknown = stages.find((name) => !(name in STAGES));
  if (unknown !== undefined) throw new UsageProblem(`--stages has "${unknown}"; ${Object.keys(STAGES)} are known.`);

  const folder = mkdtempSync(join(tmpdir(), 'session-backend-soak-'));
  const history = flags.history ?? join(folder, 'history.ndjson');
  try {
    const recorder = new Recorder(history);
    for (const stage of stages) await soak(recorder, stage, join(folder, stage), seconds / stages.length);
    recorder.close();
    judge(history);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Says what a history shows. */
function judge(path: string): void {
  const operations = readHistory(path);
  const verdict = checkHistory(operations);
  for (const line of report(operations, verdict)) console.log(line);
  if (verdict.violations.length > 0) process.exitCode = 1;
}

/** The traffic of one stage, with trouble. */
async function soak(recorder: Recorder, stage: string, data: string, seconds: number): Promise<void> {
  const sessionLimit = STAGES[stage];
  console.log(`Stage ${stage}: ${Math.round(seconds)} s of traffic`);
  const assembly = synthesizeStage({ ...(sessionLimit && { sessionLimit }) }, { name: stage, bundled: true });
  const run = new LocalRun(assembly, data);
  const start = async (faults: number) => {
    const place = await run.start(faults);
    await recorder.operation('start', { stage, sessionLimit, faults }, async () => ({ status: 200 }));
    return place;
  };
  const stop = (signal: 'SIGKILL' | 'SIGTERM') =>
    recorder.operation('stop', { stage }, async () => {
      await run.stop(signal);
      return { status: 200 };
    });
  const up = async () => {
    while (!run.isUp) await sleep(20);
  };
  try {
    const place = await start(FAULTS);
    // One attempt: what is sent again may find what it did itself.
    const database = new DynamoDBClient({
      endpoint: place.databaseEndpoint,
      region: REGION,
      credentials: LOCAL_CREDENTIALS,
      maxAttempts: 1,
    });
    const scene: Scene = { stage, place, recorder, database, up, random: Math.random };
    const end = Date.now() + seconds * 1_000;
    const goesOn = () => Date.now() < end;
    const people: Person[] = [];
    const busy = Array.from({ length: PLACES }, () => live(scene, people, goesOn));
    const cleaning = keepCleaning(scene, goesOn);
    const betweenKills = Math.min(MOST_SECONDS_BETWEEN_KILLS, seconds / 2) * 1_000;
    while (goesOn()) {
      await sleep(betweenKills);
      await stop('SIGKILL');
      await start(FAULTS);
    }
    await Promise.all([...busy, cleaning]);

    await stop('SIGTERM');
    // Without faults: now everything has a definite answer.
    await start(0);
    await scan(scene);
    const rest = [...people];
    const looking = Array.from({ length: PLACES * HANDS }, async () => {
      for (let person = rest.pop(); person; person = rest.pop()) await person.lookBack();
    });
    await Promise.all(looking);
    await scan(scene);
    database.destroy();
  } finally {
    await run.stop('SIGKILL');
    rmSync(assembly, { recursive: true, force: true });
  }
}

/** One user after another, each with some hands. */
async function live(scene: Scene, people: Person[], goesOn: () => boolean): Promise<void> {
  while (goesOn()) {
    const person = new Person(scene, `${scene.stage}-${people.length}`);
    people.push(person);
    let actions = 0;
    const hands = Array.from({ length: HANDS }, async () => {
      while (goesOn() && actions++ < ACTIONS) await person.act();
    });
    await Promise.all(hands);
  }
}

async function keepCleaning({ recorder, stage, place, up }: Scene, goesOn: () => boolean): Promise<void> {
  while (goesOn()) {
    await up();
    await recorder.operation('cleanup', { stage }, () => answered(() => fire(place, place.ruleNames[0] ?? '', {})));
    await sleep(500);
  }
}

/** What the table holds. */
async function scan({ recorder, stage, place, database }: Scene): Promise<void> {
  await recorder.operation('scan', { stage }, async () => {
    const ids: string[] = [];
    for await (const page of paginateScan(
      { client: database },
      { TableName: place.sessionsTable, ConsistentRead: true },
    )) {
      for (const { sessionId } of page.Items ?? []) ids.push(sessionId?.S ?? '');
    }
    return { status: 200, ids };
  });
}
