import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { synthesize } from '../../local/assembly';
import { readFlags, runCommand, UsageProblem } from '../../local/command';
import { localClient } from '../../local/database';
import { send } from '../support/api';
import { LocalRun, type Place } from './local-run';
import { Person } from './person';

const USAGE = `Usage: npm run soak -- [--seconds N]
  --seconds N   how long there is traffic (60)
Many users register, list, end and log out through the local run, while 5 % of its database calls fail and it is
killed and started again twice. Exit code 1 when anything that was acknowledged does not hold.`;

const PEOPLE = 24;
const FAULTS = 0.05;
const KILLS = 2;

/** Load with trouble. */
runCommand(async () => {
  const { seconds: text } = readFlags(USAGE, { seconds: { type: 'string', default: '60' } });
  const seconds = Number(text);
  if (!(seconds > 0)) throw new UsageProblem(`--seconds is "${text}"; a positive number is expected.`);

  const folder = mkdtempSync(join(tmpdir(), 'session-backend-soak-'));
  await synthesize(join(folder, 'assembly'));
  const run = new LocalRun(join(folder, 'assembly'), join(folder, 'data'));
  const counts = new Map<string, number>();
  const violations: string[] = [];
  const book = {
    count: (what: string) => void counts.set(what, (counts.get(what) ?? 0) + 1),
    violation: (what: string) => void violations.push(what),
  };
  try {
    const place = await run.start(FAULTS);
    const people = Array.from({ length: PEOPLE }, (_, index) => new Person(place, `person-${index}`, book));
    await traffic(run, place, people, seconds, book.count);
    await run.stop('SIGTERM');
    // Without faults: now everything has a definite answer.
    await settle(await run.start(0), people, book);
  } finally {
    await run.stop('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }

  for (const [what, count] of [...counts].sort()) console.log(`${String(count).padStart(8)}  ${what}`);
  for (const what of new Set(violations)) {
    console.error(`VIOLATION: ${what} (${violations.filter((one) => one === what).length} times)`);
  }
  const answered = [...counts].filter(([what]) => /: \d{3}$/.test(what)).reduce((sum, [, count]) => sum + count, 0);
  console.log(`${answered} answers, ${KILLS} kills, ${violations.length} violations in ${seconds} s`);
  if (violations.length > 0) process.exitCode = 1;
});

async function traffic(
  run: LocalRun,
  place: Place,
  people: readonly Person[],
  seconds: number,
  count: (what: string) => void,
): Promise<void> {
  const end = Date.now() + seconds * 1_000;
  const busy = people.map(async (person) => {
    while (Date.now() < end) {
      await person.act();
      await sleep(Math.random() * 20);
    }
  });
  const cleaning = (async () => {
    while (Date.now() < end) {
      const url = `${place.url}/_local/events/${place.ruleNames[0]}`;
      const reply = await send(url, { method: 'POST', body: {} }).catch(() => undefined);
      count(`cleanup: ${reply?.status ?? 'no answer'}`);
      await sleep(2_000);
    }
  })();
  for (let kill = 0; kill < KILLS; kill++) {
    await sleep((seconds * 1_000) / (KILLS + 1));
    await run.stop('SIGKILL');
    count('killed');
    await run.start(FAULTS);
  }
  await Promise.all([...busy, cleaning]);
}

/** Every acknowledged action holds: by the API, by another try to register, and in the table. */
async function settle(place: Place, people: readonly Person[], book: Person['book']): Promise<void> {
  const documents = DynamoDBDocumentClient.from(localClient(place.databaseEndpoint));
  const stored = new Set<string>();
  for await (const page of paginateScan({ client: documents }, { TableName: place.sessionsTable })) {
    for (const { sessionId } of page.Items ?? []) stored.add(sessionId);
  }
  documents.destroy();
  for (const person of people) {
    for (const held of person.held) {
      book.count(`in the end: ${held.state}`);
      if (held.state === 'ended' && stored.has(held.device.signInId)) book.violation('an ended session is stored');
      if (held.state === 'registered' && !stored.has(held.device.signInId)) book.violation('a session is not stored');
      await person.use(held);
      if (held.state === 'ended') await person.register(held);
    }
  }
}
