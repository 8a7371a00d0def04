import { createServer } from 'node:http';
import { isLocal, sentence } from '../../cli/table';
import { Problem } from '../../command/problem';
import { ServiceError } from '../../lambda/aws/calls';
import { close, LOOPBACK, listen } from '../../local/server';
import { type Command, runCommand } from '../support/command';

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'eu-west-1' };
/** No configuration of this machine's user counts. */
const NO_CONFIGURATION = {
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** What a command says to a table behind something that answers so. */
async function said(command: Command, flags: string[], status: number, type: string, body: string) {
  const server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': type });
    response.end(body);
  });
  const port = await listen(server, 0, 'PORT', 'a test');
  try {
    const table = ['--table', 'sessions', '--endpoint', `http://${LOOPBACK}:${port}`];
    return await runCommand(command, [...flags, ...table], CREDENTIALS);
  } finally {
    await close(server);
  }
}

describe.each<[Command, string[]]>([
  ['cleanup', []],
  ['end-sessions', ['--everyone', '--yes']],
])('%s: an endpoint that is not DynamoDB is said in a sentence, when it answers', (command, flags) => {
  it.each([
    ['a page', 200, 'text/html', '<html>'],
    ['a page that says there is none', 404, 'text/html', '<html>'],
    ['other JSON', 200, 'application/json', '{"hello":1}'],
    ['a refusal in JSON', 403, 'application/json', '{"message":"Forbidden"}'],
    ['nothing', 404, 'text/plain', ''],
  ])('with %s', async (_, status, type, body) => {
    const outcome = await said(command, flags, status, type, body);
    expect(outcome).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('is not DynamoDB. Check --endpoint'),
    });
  });
});

it.each<[string, string[], Record<string, string>, string]>([
  ['https where http is spoken', ['--endpoint', 'https://127.0.0.1:PORT'], CREDENTIALS, 'Check http or https'],
  ['an unknown profile', [], { AWS_PROFILE: 'nobody', AWS_REGION: 'eu-west-1' }, 'for the profile "nobody"'],
  ['no credentials', [], { AWS_REGION: 'eu-west-1' }, 'AWS credentials are needed'],
  ['no region', [], { ...CREDENTIALS, AWS_REGION: '' }, 'Set AWS_REGION'],
  [
    'an unknown profile, and no region',
    [],
    { AWS_PROFILE: 'nobody', AWS_REGION: '' },
    'The profile "nobody" is unknown',
  ],
  ['something that is no region', [], { ...CREDENTIALS, AWS_REGION: 'a b' }, '"a b" is not a region'],
  ['an endpoint that is no address', ['--endpoint', 'localhost:8000'], CREDENTIALS, 'a URL is expected'],
])('%s is said in a sentence', async (_, flags, environment, text) => {
  const server = createServer((_request, response) => response.end());
  const port = await listen(server, 0, 'PORT', 'a test');
  try {
    const real = flags.map((flag) => flag.replace('PORT', String(port)));
    const outcome = await runCommand('cleanup', ['--table', 'x', ...real], { ...NO_CONFIGURATION, ...environment });
    expect(outcome.stderr).toMatch(/^Error: /);
    expect(outcome.stderr).toContain(text);
    expect(outcome.stderr).not.toMatch(/\n\s+at /);
    expect(outcome.code).not.toBe(0);
  } finally {
    await close(server);
  }
});

it.each([
  ['ThrottlingException', 400, 'The table sessions is too busy, or away: ThrottlingException: No. Run it again'],
  ['InternalServerError', 500, 'The table sessions is too busy, or away: InternalServerError: No. Run it again'],
  ['LimitExceededException', 400, 'The database answered LimitExceededException: No.'],
])('what the table answers in the middle of the work is said in a sentence: %s', (name, status, text) => {
  const said = sentence(new ServiceError(name, 'No.', status), 'sessions');
  expect([said instanceof Problem, (said as Error).message]).toEqual([true, expect.stringContaining(text)]);
});

describe('a table counts as local, and is changed without a question,', () => {
  const LOCAL = 'http://localhost:4566';
  const before = { ...process.env };

  afterEach(() => {
    process.env = { ...before };
  });

  it.each<[string, string | undefined, Record<string, string>, boolean]>([
    ['--endpoint is on this machine', LOCAL, {}, true],
    ['--endpoint is elsewhere', 'http://db.example:8000', {}, false],
    ['no endpoint is named', undefined, {}, false],
    ['the environment names one on this machine', undefined, { AWS_ENDPOINT_URL: LOCAL }, true],
    ['the environment names one for DynamoDB', undefined, { AWS_ENDPOINT_URL_DYNAMODB: 'https://db.example' }, false],
    ['--endpoint is stronger than the environment', 'http://db.example:8000', { AWS_ENDPOINT_URL: LOCAL }, false],
    [
      'the environment’s endpoint is ignored',
      undefined,
      { AWS_ENDPOINT_URL: LOCAL, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
      false,
    ],
  ])('as where calls really go says: %s', async (_, endpoint, environment, expected) => {
    Object.assign(process.env, NO_CONFIGURATION, CREDENTIALS, environment);
    expect(await isLocal({ ...(endpoint && { endpoint }) })).toBe(expected);
  });
});
