import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as eventbridge from '@aws-sdk/client-eventbridge';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { endpointOf, GIVES_UP_SOON } from '../../lambda/aws/calls';
import * as standIns from '../../lambda/stand-ins/service-clients';
import { synthesized } from '../support/stack';

/** One of each partition that the SDK knows, more of the two greatest, and one that nobody knows. */
const REGIONS = [
  'us-east-1',
  'eu-central-2',
  'cn-north-1',
  'us-gov-west-1',
  'us-gov-east-1',
  'us-iso-east-1',
  'us-isob-east-1',
  'eu-isoe-west-1',
  'us-isof-south-1',
  'eusc-de-east-1',
  'eu-new-9',
];
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' };

/** A client and what stands in for it: the same, as far as `Calls` looks. */
const PAIRS = [
  {
    name: 'DynamoDBClient',
    variable: 'AWS_ENDPOINT_URL_DYNAMODB',
    theirs: () => new dynamodb.DynamoDBClient(GIVES_UP_SOON),
    ours: () => new standIns.DynamoDBClient(GIVES_UP_SOON),
    command: dynamodb.DescribeEndpointsCommand,
  },
  {
    name: 'EventBridgeClient',
    variable: 'AWS_ENDPOINT_URL_EVENTBRIDGE',
    theirs: () => new eventbridge.EventBridgeClient(GIVES_UP_SOON),
    ours: () => new standIns.EventBridgeClient(GIVES_UP_SOON),
    command: eventbridge.PutEventsCommand,
  },
] as const;

/** What the stack writes into a function's environment, in a region. */
function addressIn(region: string, variable: string): string {
  const environments = Object.values(synthesized().resources).map(
    ({ Properties }) => Properties.Environment?.Variables,
  );
  const written = environments.find((one) => one?.[variable])?.[variable]['Fn::Join'][1];
  const values: Record<string, string> = {
    'AWS::Region': region,
    'AWS::URLSuffix': RegionInfo.get(region).domainSuffix ?? 'amazonaws.com',
  };
  return written.map((part: string | { Ref: string }) => (typeof part === 'string' ? part : values[part.Ref])).join('');
}

describe.each(PAIRS)('what stands in for $name in a bundle', ({ variable, theirs, ours, command }) => {
  const before = { ...process.env };
  /** The same question to both. */
  const both = <T>(ask: (client: { config: any }) => Promise<T>): Promise<T[]> =>
    Promise.all([theirs(), ours()].map(ask));

  beforeEach(() => {
    // As in a function, which has no configuration files.
    Object.assign(process.env, CREDENTIALS, { AWS_REGION: 'us-east-1', AWS_CONFIG_FILE: '/none', HOME: '/none' });
    process.env[variable] = addressIn('us-east-1', variable);
  });
  afterEach(() => {
    process.env = { ...before };
  });

  it.each(REGIONS)('is of the same address in %s, as the stack says it', async (region) => {
    process.env.AWS_REGION = region;
    delete process.env[variable];
    const { url } = await getEndpointFromInstructions({}, command as any, { ...(theirs().config as any) });
    expect((await endpointOf(theirs().config)).href).toBe(url.href);
    process.env[variable] = addressIn(region, variable);
    expect(await endpointOf(ours().config as any)).toEqual(url);
    expect(await ours().config.region()).toBe(region);
  });

  it('is of the address that the environment says', async () => {
    process.env[variable] = 'http://127.0.0.1:8000/under';
    const endpoints = await both(async ({ config }) => (await endpointOf(config)).href);
    expect(endpoints).toEqual(['http://127.0.0.1:8000/under', 'http://127.0.0.1:8000/under']);
  });

  it('does not start without an address, and names the variable', () => {
    delete process.env[variable];
    expect(ours).toThrow(`The environment variable ${variable} is missing`);
  });

  it('has the function’s credentials', async () => {
    const [them, us] = await both(({ config }) => config.credentials());
    expect(us).toMatchObject({ accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: 'token' });
    expect(them).toMatchObject({ accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: 'token' });
  });

  it('tries as often, and after the same waits', async () => {
    const [them, us] = await both(async ({ config }) => {
      const { mode, baseDelay, capacity } = await config.retryStrategy();
      return { attempts: await config.maxAttempts(), mode, baseDelay, capacity };
    });
    expect(us).toEqual(them);
    expect(us).toMatchObject({ attempts: 3, mode: 'standard' });
  });

  it('waits as long for an answer, on as many connections', async () => {
    const [them, us] = await both(async ({ config: { requestHandler } }) => {
      const { connectionTimeout, requestTimeout, throwOnRequestTimeout, httpsAgent } =
        await requestHandler.configProvider;
      const { maxSockets, keepAlive } = httpsAgent;
      return { connectionTimeout, requestTimeout, throwOnRequestTimeout, maxSockets, keepAlive };
    });
    expect(us).toEqual(them);
    expect(us).toMatchObject({ requestTimeout: 2_000, throwOnRequestTimeout: true });
  });
});
