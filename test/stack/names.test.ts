import { RegionInfo } from 'aws-cdk-lib/region-info';
import { LONGEST_NAME_LIMIT, longestName } from '../../lib/names';
import { settleStage } from '../../lib/stage';
import { STAGE_SHAPES } from '../../tools/stage-shapes';
import { rawResources, synthesizeStage } from '../support/stack';

/** The most characters of a name, by the type of the resource and the property, as AWS documents them. */
const LIMITS: Readonly<Record<string, number>> = {
  'AWS::ApiGateway::RestApi Name': 1_024,
  'AWS::CloudFront::OriginAccessControl Name': 64,
  'AWS::CloudFront::ResponseHeadersPolicy Name': 128,
  'AWS::CloudWatch::Alarm AlarmName': 255,
  'AWS::CloudWatch::Dashboard DashboardName': 255,
  'AWS::Cognito::UserPool UserPoolName': 128,
  'AWS::Cognito::UserPoolDomain Domain': 63,
  'AWS::DynamoDB::Table TableName': 255,
  'AWS::Events::EventBus Name': 256,
  'AWS::Events::Rule Name': 64,
  'AWS::Lambda::Function FunctionName': 64,
  'AWS::Logs::LogGroup LogGroupName': 512,
  'AWS::Logs::MetricFilter MetricName': 255,
  'AWS::Logs::QueryDefinition Name': 255,
  'AWS::SNS::Topic TopicName': 256,
  'AWS::SQS::Queue QueueName': 80,
  // Its whole ARN counts to the 1,011 that SSM allows.
  'AWS::SSM::Parameter Name': 900,
};
const APP = 'the-app';
const STAGE = 'the-stage';
const LONGEST_REGION = RegionInfo.regions.map(({ name }) => name).reduce((a, b) => (b.length > a.length ? b : a));
/** The eight characters of a stack's id that a sign-in page's name has. */
const HASH = '12345678';

/** A name as it would be deployed; nothing for what is no text. */
function textOf(value: any): string {
  if (typeof value === 'string') return value;
  if (value?.Ref === 'AWS::Region') return LONGEST_REGION;
  if (value?.['Fn::Select']) return HASH;
  return value?.['Fn::Join'] ? value['Fn::Join'][1].map(textOf).join('') : '';
}

/** Each name that is made of the app's and the stage's, with what it names. */
function derivedNames(): [what: string, name: string][] {
  return Object.values(STAGE_SHAPES).flatMap((shape) =>
    Object.values(rawResources(synthesizeStage({ ...shape, app: APP }, { name: STAGE }))).flatMap(
      ({ Type, Properties = {} }) =>
        [Properties, ...Object.values<any>(Properties)]
          .filter((one) => typeof one === 'object' && one !== null && !Array.isArray(one))
          .flatMap((one) => Object.entries(one))
          .filter(([key]) => /Name$|^Domain$/.test(key))
          .map(([key, value]): [string, string] => [`${Type} ${key}`, textOf(value)])
          .filter(([, name]) => name.includes(APP) && name.includes(STAGE)),
    ),
  );
}

const names = derivedNames();

it('the limit of every name that is made of the app’s and the stage’s is known', () => {
  expect(names.length).toBeGreaterThan(50);
  expect([...new Set(names.map(([what]) => what))].filter((what) => !(what in LIMITS))).toEqual([]);
});

it('the name that the check of a stage looks at is the one that comes closest to its limit', () => {
  const left = (what: string, name: string) => (LIMITS[what] ?? 0) - name.length;
  const [closest] = [...names].sort((a, b) => left(...a) - left(...b));
  expect(closest).toEqual(['AWS::Events::Rule Name', longestName({ app: APP, name: STAGE })]);
  expect(LIMITS['AWS::Events::Rule Name']).toBe(LONGEST_NAME_LIMIT);
});

it('an app’s and a stage’s name that are too long together are refused, in a sentence with the longest name', () => {
  const [app, name] = ['a'.repeat(20), 's'.repeat(19)];
  expect(() => settleStage(name, { app })).toThrow(
    `Stage "${name}": app is "${app}"; expected: a name that together with the stage’s is shorter, because AWS allows 64 characters and the longest name made of them, ${app}-session-cleanup-requests-${name}, has 65.`,
  );
  expect(settleStage(name.slice(1), { app }).app).toBe(app);
});
