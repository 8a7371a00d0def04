import { join } from 'node:path';
import { Problem } from '../command/problem';
import {
  type Assembly,
  OUTPUT,
  PACKAGED,
  type Resource,
  readJson,
  readStack,
  stacksIn,
  synthesizeIfChanged,
} from './assembly';
import { isUntouched } from './synthesized-state';

/** The session backend's part of a synthesized app. */
export interface OwnPart {
  readonly assembly: Assembly;
  /** What else the stack has, and the local run does not serve: names of resources with their types. */
  readonly leftOut: readonly string[];
  /** What exists outside the app, and what serves in its place here: sentences. */
  readonly standIns: readonly string[];
}

type Resources = Assembly['resources'];
type Metadata = Readonly<Record<string, readonly { readonly type: string; readonly data?: unknown }[]>>;

const TABLE = 'LocalSessions';
const USERS = 'LocalUsers';
const CLIENT = 'LocalClient';
const string = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' });
const key = (AttributeName: string, KeyType: 'HASH' | 'RANGE') => ({ AttributeName, KeyType });

/**
 * Reads the session backend of a synthesized app. The rest of its stack is left out. A user pool or table of another
 * place has a stand-in: the local issuer, and an empty local table.
 * @param stage which one, if the app has several
 */
export function readOwnPart(folder: string = OUTPUT, stage?: string): OwnPart {
  const backends = stacksIn(folder).flatMap(({ metadata, additionalMetadataFile: file, properties }) => {
    const all: Metadata = { ...metadata, ...(file && readJson(join(folder, file))) };
    return Object.entries(all).flatMap(([path, entries]) =>
      entries
        .filter(({ type }) => type === 'session-backend')
        .map(({ data }) => ({ path, stage: String(data), metadata: all, template: properties.templateFile as string })),
    );
  });
  const found = stage === undefined ? backends : backends.filter((one) => one.stage === stage);
  const [backend, ...more] = found;
  const stages = backends.map((one) => one.stage).join(', ');
  if (!backend)
    throw new Problem(
      stages
        ? `${folder} has no backend of the stage ${stage}; it has: ${stages}.`
        : `${folder} has no SessionBackend.`,
    );
  if (more.length > 0) throw new Problem(`${folder} has several backends. Name one with --stage: ${stages}.`);
  const assembly = readStack(folder, backend.template);
  const own = belowPath(backend.metadata, backend.path);
  const inOwn = Object.entries(assembly.resources).filter(([id]) => own.has(id));
  // The console's files are deployed by functions that CDK puts beside the construct.
  const deploys = inOwn.some(([, { Type }]) => Type.startsWith('Custom::'));
  const kept = Object.entries(assembly.resources).filter(([id]) => own.has(id) || (deploys && id.startsWith('Custom')));
  const left = Object.entries(assembly.resources).filter(([id]) => !kept.some(([one]) => one === id));
  const { resources, standIns } = withStandIns(Object.fromEntries(kept), Object.fromEntries(left));
  const foreign = left.filter(([id, { Type }]) => !(id in resources) && !/^(Custom|CDKMetadata)/.test(id) && Type);
  return {
    assembly: { ...assembly, resources, leftOut: new Set(left.map(([id]) => id).filter((id) => !(id in resources))) },
    leftOut: foreign.map(([id, { Type }]) => `${id} (${Type})`),
    standIns,
  };
}

/**
 * The local run's backend: in the project, synthesized now if that was never done or another stage has taken its place;
 * from the package, as `session-backend start` has left it.
 */
export async function currentAssembly(): Promise<Assembly> {
  // Changed sources alone are no reason: a command need not wait for what it does not use.
  if (!PACKAGED && !isUntouched(OUTPUT)) await synthesizeIfChanged(() => console.error('Synthesizing the stack ...'));
  return readOwnPart().assembly;
}

/** The logical ids of what was made below a construct. */
function belowPath(metadata: Metadata, path: string): ReadonlySet<string> {
  const below = Object.entries(metadata).filter(([one]) => one.startsWith(`${path}/`));
  return new Set(
    below.flatMap(([, entries]) =>
      entries.filter(({ type }) => type === 'aws:cdk:logicalId').map(({ data }) => String(data)),
    ),
  );
}

function withStandIns(own: Resources, foreign: Resources): Pick<OwnPart, 'standIns'> & { resources: Resources } {
  const functions = Object.values(own).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  const variableOf = (variable: string) =>
    functions.map(({ Properties }) => Properties.Environment?.Variables?.[variable]).find(Boolean);
  const standIns: string[] = [];
  let resources = own;

  const issuer = variableOf('TOKEN_ISSUER');
  if (issuer && !(issuer['Fn::GetAtt']?.[0] in own)) {
    const users = { [USERS]: { Type: 'AWS::Cognito::UserPool', Properties: {} } };
    const client = { [CLIENT]: { Type: 'AWS::Cognito::UserPoolClient', Properties: {} } };
    resources = withVariables(
      { ...resources, ...users, ...client },
      {
        TOKEN_ISSUER: { 'Fn::GetAtt': [USERS, 'ProviderURL'] },
        TOKEN_CLIENT_IDS: { Ref: CLIENT },
        USER_POOL_ID: { Ref: USERS },
      },
    );
    standIns.push('People sign in with the local issuer instead of the stage’s user pool.');
  }

  const table = variableOf('SESSIONS_TABLE');
  const named = typeof table === 'string' ? table : table?.Ref;
  if (table && !(named in own)) {
    const Properties = {
      // A table of the same stack may have no name before it is deployed.
      TableName: foreign[named]?.Properties.TableName ?? named,
      AttributeDefinitions: ['sessionId', 'userId', 'createdAt'].map(string),
      KeySchema: [key('sessionId', 'HASH')],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'UserIndex',
          KeySchema: [key('userId', 'HASH'), key('createdAt', 'RANGE')],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    };
    const id = named in foreign ? named : TABLE;
    const streams = Object.values(resources).filter(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping');
    const [streamArn] = streams.map(({ Properties }) => Properties.EventSourceArn);
    resources = replaced({ ...resources, [id]: { Type: 'AWS::DynamoDB::Table', Properties } }, streamArn, {
      'Fn::GetAtt': [id, 'StreamArn'],
    });
    standIns.push(`The existing table ${Properties.TableName} is a local one here, empty at first.`);
  }
  return { resources, standIns };
}

/** Gives functions that have one of these variables another value for it. */
function withVariables(resources: Resources, values: Readonly<Record<string, unknown>>): Resources {
  const changed = ([id, resource]: [string, Resource]): [string, Resource] => {
    const { Environment, ...properties } = resource.Properties;
    if (resource.Type !== 'AWS::Lambda::Function' || !Environment) return [id, resource];
    const variables = Object.entries(Environment.Variables).map(([name, value]) => [name, values[name] ?? value]);
    const Properties = { ...properties, Environment: { Variables: Object.fromEntries(variables) } };
    return [id, { ...resource, Properties }];
  };
  return Object.fromEntries(Object.entries(resources).map(changed));
}

/** Every occurrence of a value, by another. */
function replaced(resources: Resources, from: unknown, to: unknown): Resources {
  if (from === undefined) return resources;
  return JSON.parse(JSON.stringify(resources).replaceAll(JSON.stringify(from), JSON.stringify(to)));
}
