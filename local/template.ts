import { Problem } from '../command/problem';
import type { Assembly, Resource } from './assembly';

export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': 'local',
  'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/local/00000000-0000-0000-0000-000000000000`,
};

type Attributes = Readonly<Record<string, string>>;

const arn = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;

/**
 * What each supported type of resource answers to `Ref` and `Fn::GetAtt`. A type that is not listed is not
 * supported: the local run says so instead of serving half of it.
 */
const TYPES: Readonly<Record<string, (id: string, properties: any, local: LocalValues) => Attributes>> = {
  'AWS::DynamoDB::Table': (_, { TableName }) => ({
    Ref: TableName,
    Arn: arn('dynamodb', `table/${TableName}`),
    StreamArn: arn('dynamodb', `table/${TableName}/stream/local`),
  }),
  'AWS::Lambda::EventSourceMapping': (id) => ({ Ref: id }),
  'AWS::Lambda::Function': (_, { FunctionName }) => ({
    Ref: FunctionName,
    Arn: arn('lambda', `function:${FunctionName}`),
  }),
  'AWS::Lambda::Version': (_, { FunctionName }) => ({ Ref: arn('lambda', `function:${FunctionName}:1`), Version: '1' }),
  'AWS::Lambda::Alias': (_, { FunctionName, Name }) => ({ Ref: arn('lambda', `function:${FunctionName}:${Name}`) }),
  'AWS::Lambda::Permission': (id) => ({ Ref: id }),
  'AWS::IAM::Role': (id) => ({ Ref: id, Arn: `arn:aws:iam::${ACCOUNT}:role/${id}` }),
  'AWS::IAM::Policy': (id) => ({ Ref: id }),
  'AWS::Logs::LogGroup': (_, { LogGroupName }) => ({
    Ref: LogGroupName,
    Arn: arn('logs', `log-group:${LogGroupName}:*`),
  }),
  'AWS::Cognito::UserPool': (id, _, { issuer }) => ({
    Ref: `${REGION}_${id}`,
    Arn: arn('cognito-idp', `userpool/${REGION}_${id}`),
    ProviderURL: issuer,
  }),
  'AWS::Cognito::UserPoolClient': (id) => ({ Ref: id }),
  'AWS::Cognito::UserPoolGroup': (id) => ({ Ref: id }),
  'AWS::ApiGateway::RestApi': (id, _, { apiId = 'local' }) => ({ Ref: apiId, RootResourceId: id }),
  'AWS::ApiGateway::Account': (id) => ({ Ref: id }),
  'AWS::ApiGateway::Authorizer': (id) => ({ Ref: id, AuthorizerId: id }),
  'AWS::ApiGateway::Deployment': (id) => ({ Ref: id }),
  'AWS::ApiGateway::GatewayResponse': (id) => ({ Ref: id }),
  'AWS::ApiGateway::Method': (id) => ({ Ref: id }),
  'AWS::ApiGateway::Resource': (id) => ({ Ref: id }),
  'AWS::ApiGateway::Stage': (_, { StageName }) => ({ Ref: StageName }),
  'AWS::ApiGatewayV2::Api': (id, _, { apiId = 'local' }) => ({ Ref: apiId, ApiEndpoint: `https://${id}.local` }),
  'AWS::ApiGatewayV2::Authorizer': (id) => ({ Ref: id }),
  'AWS::ApiGatewayV2::Integration': (id) => ({ Ref: id }),
  'AWS::ApiGatewayV2::Route': (id) => ({ Ref: id }),
  'AWS::ApiGatewayV2::Stage': (_, { StageName }) => ({ Ref: StageName }),
  'AWS::Events::EventBus': (_, { Name }) => ({ Ref: Name, Name, Arn: arn('events', `event-bus/${Name}`) }),
  'AWS::Events::Rule': (_, { Name }) => ({ Ref: Name, Arn: arn('events', `rule/${Name}`) }),
  'AWS::SQS::Queue': (_, { QueueName }) => ({
    Ref: `https://sqs.local/${QueueName}`,
    Arn: arn('sqs', QueueName),
    QueueName,
  }),
  'AWS::SQS::QueuePolicy': (id) => ({ Ref: id }),
  // What watches a deployed stack watches nothing here.
  'AWS::CloudWatch::Alarm': (id) => ({ Ref: id, Arn: arn('cloudwatch', `alarm:${id}`) }),
  'AWS::CloudWatch::Dashboard': (id) => ({ Ref: id }),
  'AWS::Logs::MetricFilter': (id) => ({ Ref: id }),
  'AWS::Logs::QueryDefinition': (id) => ({ Ref: id }),
  'AWS::SNS::Topic': (_, { TopicName }) => ({ Ref: arn('sns', TopicName), TopicName }),
  'AWS::SNS::TopicPolicy': (id) => ({ Ref: id }),
  'AWS::SNS::Subscription': (id) => ({ Ref: id }),
  'AWS::SSM::Parameter': (_, { Name }) => ({ Ref: Name }),
  'AWS::Cognito::UserPoolDomain': (id) => ({ Ref: id.toLowerCase() }),
};

/** What the stack deploys the console by. The local run serves it itself: here, these are known by name only. */
const OF_THE_CONSOLE: typeof TYPES = {
  'AWS::S3::Bucket': (id) => ({ Ref: id, Arn: `arn:aws:s3:::${id}`, RegionalDomainName: `${id}.s3.local` }),
  'AWS::S3::BucketPolicy': (id) => ({ Ref: id }),
  'AWS::CloudFront::OriginAccessControl': (id) => ({ Id: id }),
  'AWS::CloudFront::ResponseHeadersPolicy': (id) => ({ Ref: id }),
  'AWS::CloudFront::Distribution': (id) => ({ Ref: id, DomainName: `${id.toLowerCase()}.cloudfront.net` }),
  'AWS::Lambda::LayerVersion': (id) => ({ Ref: id }),
};

const supported = (id: string, type: string) =>
  TYPES[type] ?? (id.includes('Console') ? OF_THE_CONSOLE[type] : undefined);

/** What a deployed stack would get from AWS and a local one gets from here. */
export interface LocalValues {
  /** The user pool's issuer. */
  readonly issuer: string;
  /** The id of the stack's API. @default 'local', which is the session backend's own */
  readonly apiId?: string;
  /** What another stack exports under a name. @default - there is no other stack */
  readonly imports?: (name: string) => unknown;
}

/** A template with its references resolved. */
export interface Template {
  /** All resources of a type, by logical id, with plain values. */
  readonly all: (type: string) => ReadonlyArray<readonly [id: string, properties: Record<string, any>]>;
  /** The resource that there must be exactly one of. */
  readonly only: (type: string) => readonly [id: string, properties: Record<string, any>];
  /** What a `Ref` to a resource is, by its logical id. */
  readonly ref: (id: string) => string;
  /** What the stack exports under a name; undefined if it does not. */
  readonly exported: (name: string) => unknown;
  readonly assetPath: Assembly['assetPath'];
}

/** @throws a problem that names the resource and what is not supported about it */
export function resolveTemplate(
  { resources, exports, parameters, assetPath, leftOut }: Assembly,
  local: LocalValues,
): Template {
  const attributes = new Map<string, Attributes>();
  const resolved = new Map<string, Resource>();
  const deploying = workingWhileDeploying(resources);
  for (const [id, { Type }] of Object.entries(resources)) {
    if (Type === 'AWS::CDK::Metadata' || deploying.has(id)) continue;
    if (!supported(id, Type))
      throw new Problem(`The local run does not support the resource ${id}: its type is ${Type}.`);
    resolve(id);
  }

  const all: Template['all'] = (type) =>
    [...resolved].filter(([, { Type }]) => Type === type).map(([id, { Properties }]) => [id, Properties]);
  return {
    all,
    only(type) {
      const [found, ...more] = all(type);
      if (!found || more.length > 0)
        throw new Problem(`The local run serves a stack with one ${type}; there are ${found ? more.length + 1 : 0}.`);
      return found;
    },
    ref: (id) => attribute(id, 'Ref', 'the local run'),
    exported: (name) => value(exports[name], 'the local run'),
    assetPath,
  };

  function resolve(id: string): Resource {
    const done = resolved.get(id);
    if (done) return done;
    const resource = resources[id];
    if (!resource) throw new Problem(`The template refers to ${id}, which it does not have.`);
    const own = { Type: resource.Type, Properties: value(resource.Properties, id) };
    resolved.set(id, own);
    return own;
  }

  function attribute(id: string, name: string, from: string): string {
    const pseudo = name === 'Ref' ? PSEUDO[id] : undefined;
    if (pseudo !== undefined) return pseudo;
    if (parameters?.[id] !== undefined) return imported(parameters[id], from);
    if (leftOut?.has(id)) return name === 'Ref' ? id : `${id}.${name}`;
    if (!attributes.has(id)) {
      const { Type } = resources[id] ?? { Type: 'nothing' };
      // Only names decide these values, and names refer to nothing that refers back.
      const names = Object.fromEntries(
        Object.entries(resources[id]?.Properties ?? {}).filter(([key]) => /Name$/.test(key) || key === 'Name'),
      );
      const of = supported(id, Type);
      if (!of) throw new Problem(`The local run does not support the resource ${id}: its type is ${Type}.`);
      attributes.set(id, of(id, value(names, id), local));
    }
    const found = attributes.get(id)?.[name];
    if (found === undefined) throw new Problem(`The local run does not know ${id}.${name}, which ${from} refers to.`);
    return found;
  }

  function value(node: any, from: string): any {
    if (Array.isArray(node)) return node.map((one) => value(one, from));
    if (typeof node !== 'object' || node === null) return node;
    const [key, ...more] = Object.keys(node);
    if (key !== undefined && more.length === 0) {
      if (key === 'Ref') return attribute(node.Ref, 'Ref', from);
      if (key.startsWith('Fn::')) return call(key, node[key], from);
    }
    return Object.fromEntries(Object.entries(node).map(([name, child]) => [name, value(child, from)]));
  }

  function call(name: string, argument: any, from: string): any {
    if (name === 'Fn::GetAtt') return attribute(argument[0], argument[1], from);
    if (name === 'Fn::Sub' && typeof argument === 'string') {
      return argument.replace(/\$\{([^!}][^}]*)\}/g, (_, reference: string) => {
        const [id = '', attributeName] = reference.split('.');
        return attribute(id, attributeName ?? 'Ref', from);
      });
    }
    const resolvedArgument = value(argument, from);
    if (name === 'Fn::ImportValue') return imported(resolvedArgument, from);
    if (name === 'Fn::Join') return resolvedArgument[1].join(resolvedArgument[0]);
    if (name === 'Fn::Select') return resolvedArgument[1][Number(resolvedArgument[0])];
    if (name === 'Fn::Split') return resolvedArgument[1].split(resolvedArgument[0]);
    throw new Problem(`The local run does not support ${name}, which ${from} uses.`);
  }

  function imported(name: string, from: string): any {
    const found = local.imports?.(name);
    if (found === undefined) throw new Problem(`No stack here exports ${name}, which ${from} imports.`);
    return found;
  }
}

/** The console's custom resources, and the functions that they call to put its files where they are deployed. */
function workingWhileDeploying(resources: Assembly['resources']): ReadonlySet<string> {
  const custom = Object.entries(resources).filter(
    ([id, { Type }]) => id.includes('Console') && Type.startsWith('Custom::'),
  );
  return new Set(custom.flatMap(([id, { Properties }]) => [id, Properties.ServiceToken['Fn::GetAtt'][0]]));
}

/** @returns the name of a table's partition key, by the table's name */
export function partitionKeysOf(template: Template): (tableName: string) => string | undefined {
  const names = new Map<string, string>(
    template
      .all('AWS::DynamoDB::Table')
      .map(([, { TableName, KeySchema }]) => [TableName, KeySchema.find(isPartitionKey)?.AttributeName]),
  );
  return (tableName) => names.get(tableName);
}

const isPartitionKey = ({ KeyType }: { KeyType: string }): boolean => KeyType === 'HASH';
