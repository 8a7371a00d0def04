import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newFolder as folder, runCommand as run, withTable } from '../support/command';
import { legacyTruth } from '../support/sessions';
import { sessionTables } from '../support/stack';

const LEGACY = join(__dirname, '..', 'data', 'legacy-sessions.ndjson');

const { now, live, ...truth } = legacyTruth();
const over = truth.totalSessions - live;

it('what the older backend left is imported and cleaned up, with true numbers', async () => {
  const data = folder();
  const imported = await run('import', [LEGACY], { DATA_DIR: data });
  expect(imported).toMatchObject({ code: 0, stdout: expect.stringContaining('2,000 items') });

  const dry = await run('cleanup', ['--as-of', now, '--dry-run', '--json'], { DATA_DIR: data });
  expect(JSON.parse(dry.stdout)).toEqual({ ...truth, deletedSessions: 0, errors: 0 });

  const cleaned = await run('cleanup', ['--as-of', now, '--yes', '--json'], { DATA_DIR: data });
  expect(JSON.parse(cleaned.stdout)).toEqual({ ...truth, deletedSessions: over, errors: 0 });
  expect(cleaned.code).toBe(0);

  expect(await withTable(data, (_, ids) => ids())).toHaveLength(live);
});

it('a running database is used where there is one, and another table where one is named', async () => {
  await withTable(folder(), async (endpoint, ids) => {
    const DYNAMODB_PORT = new URL(endpoint).port;
    const file = join(folder(), 'items.ndjson');
    writeFileSync(
      file,
      [{ sessionId: 'over', isActive: false }, { sessionId: 'too' }].map((item) => JSON.stringify(item)).join('\n'),
    );
    await run('import', [file], { DYNAMODB_PORT });
    expect((await ids()).sort()).toEqual(['over', 'too']);
    const flags = ['--table', sessionTables().sessions, '--endpoint', endpoint, '--as-of', now, '--yes', '--json'];
    expect(JSON.parse((await run('cleanup', flags)).stdout).deletedSessions).toBe(2);
    const missing = await run('cleanup', ['--table', 'no-such-table', '--endpoint', endpoint]);
    expect(missing).toMatchObject({
      code: 1,
      stderr: 'Error: There is no table no-such-table there. Nothing was deleted.\n',
    });
  });
});

describe('what was called wrongly is said in a sentence:', () => {
  it.each<['import' | 'cleanup', string[], number, RegExp]>([
    ['cleanup', ['--as-of', 'yesterday'], 2, /^Error: --as-of is "yesterday"; an ISO 8601 time is expected/],
    ['cleanup', ['--rate', 'fast'], 2, /^Error: --rate is "fast"; a positive number is expected/],
    ['cleanup', ['--margin=-1'], 2, /^Error: --margin/],
    ['cleanup', ['--nonsense'], 2, /^Error: Unknown option '--nonsense'/],
    ['cleanup', ['--endpoint', 'http://127.0.0.1:1'], 2, /^Error: --endpoint needs --table/],
    ['cleanup', ['--table', 'a', '--endpoint', 'http://127.0.0.1:1'], 1, /^Error: Nothing answers at the endpoint/],
    ['cleanup', ['--resume', 'no-such-file'], 1, /^Error: There is no file no-such-file/],
    ['import', [], 2, /^Error: One file is expected/],
    ['import', ['no-such-file'], 1, /^Error: There is no file no-such-file/],
  ])('%s %p', async (command, flags, code, text) => {
    const outcome = await run(command, flags, { DATA_DIR: folder() });
    expect(outcome).toMatchObject({ code, stderr: expect.stringMatching(text) });
  });

  it.each([
    ['not JSON', '{"sessionId":"a"}\n{broken\n', /^Error: Line 2 of \S+ is not JSON. Nothing was imported.\n$/],
    ['no session', '{"sessionId":"a"}\n{}\n', /^Error: Line 2 of \S+ has no sessionId. Nothing was imported.\n$/],
  ])('a file with a line that is %s, of which nothing is imported', async (_, text, message) => {
    const data = folder();
    const file = join(data, 'items.ndjson');
    writeFileSync(file, text);
    expect(await run('import', [file], { DATA_DIR: data })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(message),
    });
  });
});
