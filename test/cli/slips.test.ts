import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { confirm } from '../../command/confirm';
import { swallowedDryRun } from '../../command/npm-flags';
import { nothingSwept } from '../../lambda/cleanup/progress';
import { DEFAULT_POLICY } from '../../lambda/domain/session';
import { type Command, newFolder, runCommand, runProgram, withTable } from '../support/command';
import { sessionTables } from '../support/stack';

const OVER = { sessionId: 'over', userId: 'ada', createdAt: '2026-01-01T00:00:00Z', isActive: false };
const LEGACY = join(__dirname, '..', 'data', 'legacy-sessions.ndjson');
const LIVE = {
  sessionId: 'live',
  userId: 'ada',
  isActive: true,
  createdAt: new Date().toISOString(),
  lastActivity: new Date().toISOString(),
  expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
};
const IN_A_YEAR = new Date(Date.now() + 365 * 86_400_000).toISOString();

/** Leads to this machine, but is no loopback address. */
const ELSEWHERE = '0.0.0.0';

/** A table with one live session and one that is over. It answers to a name that is not this machine's, too. */
const withSessions = (
  use: (at: { flags: string[]; environment: Record<string, string> }, ids: () => Promise<string[]>) => Promise<void>,
) =>
  withTable(
    undefined,
    async (endpoint, ids, client) => {
      const TableName = sessionTables().sessions;
      for (const Item of [OVER, LIVE]) await client.send(new PutCommand({ TableName, Item }));
      await use(
        {
          flags: ['--table', TableName, '--endpoint', endpoint],
          environment: { DYNAMODB_PORT: new URL(endpoint).port },
        },
        async () => (await ids()).sort(),
      );
    },
    [ELSEWHERE],
  );

describe('what npm swallows, typed as a person types it:', () => {
  const npm = (script: Command, parameters: string[], environment: Record<string, string>) =>
    runProgram('npm', ['run', '-s', script, ...parameters], { NPM_CONFIG_UPDATE_NOTIFIER: 'false', ...environment });

  it('npm run cleanup --dry-run is a dry run', async () => {
    await withSessions(async ({ environment }, ids) => {
      const outcome = await npm('cleanup', ['--dry-run'], environment);
      expect(outcome).toMatchObject({ code: 0, stdout: expect.stringMatching(/\b1 {2}would be deleted/) });
      expect(outcome.stderr).toContain('npm run cleanup -- --dry-run');
      expect(await ids()).toEqual(['live', 'over']);
    });
  });

  it.each<[Command, string[], string]>([
    ['cleanup', ['--as-of', IN_A_YEAR, '--', '--yes'], '--as-of'],
    ['end-sessions', ['--user=ada', '--', '--everyone', '--yes'], '--user'],
  ])('npm run %s %p is refused, and nothing is done', async (script, parameters, flag) => {
    await withSessions(async ({ environment }, ids) => {
      const { code, stderr } = await npm(script, parameters, environment);
      expect(stderr).toContain(`Write "--" before the flags: npm run ${script} -- ${flag} …`);
      expect(code).toBe(2);
      expect(await ids()).toEqual(['live', 'over']);
    });
  });

  it('npm run import --table is refused: it has no such flag', async () => {
    const { code, stderr } = await npm('import', ['--table=production', LEGACY], {});
    expect(stderr).toContain('npm run import has no flag --table');
    expect(code).toBe(2);
  });

  it('npm run import FILE --dry-run imports nothing', async () => {
    await withTable(undefined, async (endpoint, ids) => {
      const outcome = await npm('import', [LEGACY, '--dry-run'], { DYNAMODB_PORT: new URL(endpoint).port });
      expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining('2,000 items. None was imported') });
      expect(await ids()).toEqual([]);
    });
  });

  it('npm run end-sessions --dry-run ends nothing', async () => {
    await withSessions(async ({ environment }, ids) => {
      const outcome = await npm('end-sessions', ['--dry-run', '--', '--everyone', '--yes'], environment);
      expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining('None was ended') });
      expect(await ids()).toEqual(['live', 'over']);
    });
  });

  const NAMES = ['dry-run', 'as-of', 'table', 'yes', 'json', 'user', 'max-age-days'];
  it.each([
    ['dry_run', 'true', true],
    ['dry_run', '', false],
    ['dryrun', 'true', true],
    ['dry_run', 'false', false],
    ['yes', 'true', false],
    ['json', 'true', false],
    ['user_agent', 'npm/11', false],
    ['userconfig', '/home/ada/.npmrc', false],
    ['cache', '/tmp', false],
    ['sass_binary_site', 'x', false],
  ])('npm_config_%s=%s is no reason to refuse; a dry run: %p', (name, value, dryRun) => {
    expect(swallowedDryRun('npm run cleanup', NAMES, { [`npm_config_${name}`]: value })).toBe(dryRun);
  });

  it.each(['as_of', 'asof', 'table', 'tabel', 'table_', 'user', 'max_age', 'maxagedays', 'dry_rn', 'AS_OF'])(
    'npm_config_%s is refused',
    (name) => {
      expect(() => swallowedDryRun('npm run cleanup', NAMES, { [`npm_config_${name}`]: '' })).toThrow('for itself');
    },
  );

  it.each([
    ['table', '--table'],
    ['tabel', '--table'],
    ['as_of', '--as-of'],
  ])('npm_config_%s is refused with the line that was meant', (name, flag) => {
    expect(() => swallowedDryRun('npm run cleanup', NAMES, { [`npm_config_${name}`]: '' })).toThrow(
      `Write "--" before the flags: npm run cleanup -- ${flag} …`,
    );
  });
});

describe('a dry run always wins:', () => {
  const interrupted = (dryRun: boolean) => {
    const file = join(newFolder(), 'rest.json');
    const plan = { tableName: sessionTables().sessions, asOf: Date.now(), dryRun, policy: DEFAULT_POLICY };
    const progress = nothingSwept(1);
    const result = { ...progress.result, totalSessions: 7, expiredSessions: 5, deletedSessions: dryRun ? 0 : 5 };
    const swept = { ...progress, result, why: { ...progress.why, idle: 5 } };
    writeFileSync(file, JSON.stringify({ plan, progress: swept }));
    return file;
  };

  it('--dry-run --resume of a real cleanup’s file deletes nothing, counts what is left, and leaves the file alone', async () => {
    await withSessions(async ({ flags }, ids) => {
      const file = interrupted(false);
      const before = readFileSync(file, 'utf8');
      const outcome = await runCommand('cleanup', ['--dry-run', '--resume', file, '--json', ...flags]);
      expect(JSON.parse(outcome.stdout)).toMatchObject({ totalSessions: 2, inactiveSessions: 1, deletedSessions: 0 });
      expect(await ids()).toEqual(['live', 'over']);
      expect(readFileSync(file, 'utf8')).toBe(before);
    });
  });

  it('what a dry run has left does not start to delete', async () => {
    await withSessions(async ({ flags }, ids) => {
      const refused = await runCommand('cleanup', ['--resume', interrupted(true), ...flags]);
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('is from an interrupted dry run') });
      expect(await ids()).toEqual(['live', 'over']);
      const goesOn = await runCommand('cleanup', ['--dry-run', '--json', '--resume', interrupted(true), ...flags]);
      expect(JSON.parse(goesOn.stdout)).toMatchObject({ totalSessions: 9, expiredSessions: 5, deletedSessions: 0 });
      expect(await ids()).toEqual(['live', 'over']);
    });
  });

  it('what is left of a real cleanup is deleted without --dry-run', async () => {
    await withSessions(async ({ flags }, ids) => {
      const { stdout } = await runCommand('cleanup', ['--resume', interrupted(false), ...flags]);
      expect(await ids()).toEqual(['live']);
      expect(stdout).toMatch(/why:\n +5 {2}idle\n +1 {2}inactive/);
    });
  });

  it('--resume with another instant is refused', async () => {
    const outcome = await runCommand('cleanup', ['--resume', interrupted(false), '--as-of', IN_A_YEAR]);
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining('--as-of cannot be used with --resume') });
  });
});

describe('a person is asked first:', () => {
  it('before what is live today is deleted, unless --yes', async () => {
    await withSessions(async ({ flags }, ids) => {
      const asked = await runCommand('cleanup', ['--as-of', IN_A_YEAR, ...flags]);
      expect(asked).toMatchObject({ code: 2, stderr: expect.stringMatching(/in the future.*add --yes/s) });
      expect(await ids()).toEqual(['live', 'over']);
      const dry = await runCommand('cleanup', ['--as-of', IN_A_YEAR, '--dry-run', '--json', ...flags]);
      expect(JSON.parse(dry.stdout)).toMatchObject({ expiredSessions: 1, inactiveSessions: 1, deletedSessions: 0 });
      await runCommand('cleanup', ['--as-of', IN_A_YEAR, '--yes', ...flags]);
      expect(await ids()).toEqual([]);
    });
  });

  it.each<[Command, string[]]>([
    ['cleanup', []],
    ['end-sessions', ['--user', 'ada']],
    ['end-sessions', ['--everyone']],
  ])('%s %p asks for a table that is not on this machine, and shows where it is', async (command, flags) => {
    await withSessions(async ({ flags: [table = '', name = '', , endpoint = ''] }, ids) => {
      const elsewhere = [table, name, '--endpoint', endpoint.replace('127.0.0.1', ELSEWHERE)];
      const credentials = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'eu-west-1' };
      const asked = await runCommand(command, [...flags, ...elsewhere], credentials);
      expect(asked.stderr).toMatch(new RegExp(`${name} \\(account \\d+, region \\S+, about \\d+ items\\)`));
      expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('add --yes') });
      expect(await ids()).toEqual(['live', 'over']);
      expect((await runCommand(command, [...flags, '--yes', ...elsewhere], credentials)).code).toBe(0);
      expect(await ids()).toEqual(command === 'cleanup' ? ['live'] : []);
    });
  });

  const terminal = (typed?: string) => {
    const [input, output] = [Object.assign(new PassThrough(), { isTTY: true }), new PassThrough()];
    if (typed === undefined) input.end();
    else input.write(`${typed}\n`);
    return { input, output };
  };

  it('goes on when the word is typed', async () => {
    await confirm('It ends', 'end', terminal('end'));
  });

  it.each([['something else'], [''], [undefined]])('does nothing when %p is typed', async (typed) => {
    await expect(confirm('It ends', 'end', terminal(typed))).rejects.toThrow('Nothing was changed');
  });
});

it('a table of something else is refused', async () => {
  await withTable(undefined, async (endpoint) => {
    const outcome = await runCommand('cleanup', ['--table', sessionTables().signIns, '--endpoint', endpoint]);
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringContaining('is not a sessions table') });
  });
});

it('a user id that is empty, as an unset variable makes it, is refused', async () => {
  const outcome = await runCommand('end-sessions', ['--user', '', '--yes']);
  expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining('--user is empty') });
});
