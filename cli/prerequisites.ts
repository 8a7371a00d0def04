import { number } from '../command/progress';
import type { Stage } from '../lib/stage';
import { type Account, CallFailure } from './aws-account';

/** What a check has found, in one sentence; if something is missing, with what to do about it. */
export interface Finding {
  readonly status: 'ok' | 'missing' | 'unknown';
  readonly sentence: string;
}

/** Something that an account must have before a stage can be deployed, or can do all that it promises. */
export interface Prerequisite {
  readonly name: string;
  /** The permissions that its check needs. */
  readonly needs: string;
  readonly check: (account: Account, stage: Stage) => Promise<Finding>;
}

/** @throws a type error: then the answer has another shape than is known here */
function whole(value: unknown): number {
  if (!Number.isInteger(value)) throw new TypeError(`${value} is not a whole number.`);
  return value as number;
}

const ok = (sentence: string): Finding => ({ status: 'ok', sentence });
const missing = (sentence: string): Finding => ({ status: 'missing', sentence });

/** A request takes the authorizer and a handler for about a tenth of a second each. */
const SECONDS_PER_REQUEST = 0.2;
/** CloudFormation names a role after its stack and its logical id. Of a long name, it takes this much of the stack's. */
const STACK_NAME_IN_ROLE = 25;
/** The lowest version of the toolkit stack of `cdk bootstrap` that will do: CDK writes it into what it synthesizes. */
export const BOOTSTRAP_VERSION = 6;

export const PREREQUISITES: readonly Prerequisite[] = [
  {
    name: 'Concurrency of Lambda',
    needs: 'lambda:GetAccountSettings',
    async check({ ask }, { throttle }) {
      const { AccountLimit } = await ask({ service: 'lambda', path: '/2016-08-19/account-settings' });
      const free = whole(AccountLimit.UnreservedConcurrentExecutions);
      const wanted = Math.ceil(throttle.rate * SECONDS_PER_REQUEST);
      const has = `Lambda may run ${number(free)} functions at once, and this stage can need ${number(wanted)}, for its ${number(throttle.rate)} requests per second.`;
      return free >= wanted
        ? ok(has)
        : missing(
            `${has} Ask for more: aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000. Or lower the stage's throttle.`,
          );
    },
  },
  {
    name: 'Durable functions',
    needs: 'lambda:ListDurableExecutionsByFunction',
    async check({ ask, region }, { app, name }) {
      const path = `/2025-12-01/functions/${app}-sessioncleanup-${name}/durable-executions`;
      try {
        await ask({ service: 'lambda', path });
      } catch (error) {
        const { code } = error as CallFailure;
        // Before the first deployment there is no such function. Where the operation is unknown, nothing answers by it.
        if (/^(HTTP 404|UnknownOperationException)$/.test(code))
          return missing(
            `Lambda has no durable functions in ${region}, which the cleanup needs. Deploy into another region.`,
          );
        if (code !== 'ResourceNotFoundException') throw error;
      }
      return ok(`Lambda has durable functions in ${region}, which the cleanup needs.`);
    },
  },
  {
    name: 'CDK bootstrap',
    needs: 'ssm:GetParameter',
    async check({ ask, region }) {
      const input = { Name: '/cdk-bootstrap/hnb659fds/version' };
      const version = await ask({ service: 'ssm', target: 'AmazonSSM.GetParameter', input }).then(
        ({ Parameter }) => whole(Number(Parameter.Value)),
        (error: CallFailure) => {
          if (error.code === 'ParameterNotFound') return undefined;
          throw error;
        },
      );
      if (version === undefined) return missing(`CDK is not bootstrapped in ${region}. Run npx cdk bootstrap.`);
      return version >= BOOTSTRAP_VERSION
        ? ok(`CDK is bootstrapped in ${region}, at version ${version}.`)
        : missing(
            `CDK is bootstrapped in ${region} at version ${version}, and ${BOOTSTRAP_VERSION} is needed. Run npx cdk bootstrap again.`,
          );
    },
  },
  {
    name: 'Role for the logs of API Gateway',
    needs: 'apigateway:GET',
    async check({ ask, region }, { app, name, setApiLogRole }) {
      const { cloudwatchRoleArn: role } = await ask({ service: 'apigateway', path: '/account' });
      if (!setApiLogRole) {
        return role
          ? ok(`API Gateway writes its logs by the role ${role}.`)
          : missing(`API Gateway has no role for its logs in ${region}. Leave setApiLogRole at true, or set one.`);
      }
      if (!role) return ok(`API Gateway has no role for its logs in ${region} yet. This stage sets it.`);
      return role.includes(`:role/${`${app}-sessions-${name}`.slice(0, STACK_NAME_IN_ROLE)}-`)
        ? ok('API Gateway writes its logs by the role that this stage has set.')
        : missing(
            `API Gateway already has a role for its logs in ${region}, ${role}, and this stage would replace it for the whole account. Set setApiLogRole to false.`,
          );
    },
  },
  {
    name: 'CloudTrail for the events of Cognito',
    needs: 'cloudtrail:DescribeTrails, cloudtrail:GetTrailStatus, cloudtrail:GetEventSelectors',
    async check(account, { userPool }) {
      // The events come from the pool's region, which its id begins with.
      const region = userPool?.id.split('_')[0] ?? account.region;
      const { trailList } = await account.ask(trailCall(region, 'DescribeTrails', { includeShadowTrails: true }));
      const failures: unknown[] = [];
      for (const { TrailARN, Name } of trailList) {
        try {
          if (await recordsCognito(account, region, TrailARN)) return ok(recordedBy(Name, region, account.region));
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
      return missing(
        `No trail of CloudTrail records the management events of ${region}, so a user who is disabled or signed out in Cognito keeps their sessions. Create one, or start its logging.`,
      );
    },
  },
];

/** @returns what there is to say about each prerequisite, in their order; no check keeps another from running */
export const checkAll = (account: Account, stage: Stage): Promise<(Finding & { readonly name: string })[]> =>
  Promise.all(
    PREREQUISITES.map(async ({ name, needs, check }) => ({
      name,
      ...(await check(account, stage).catch((error: Error) => notChecked(error, needs))),
    })),
  );

function notChecked(error: Error, needs: string): Finding {
  if (!(error instanceof CallFailure))
    return { status: 'unknown', sentence: 'It could not be checked: AWS gave an answer of another shape.' };
  const denied = /AccessDenied|NotAuthorized|Unauthorized/i.test(error.code) ? ` The check needs ${needs}.` : '';
  return { status: 'unknown', sentence: `It could not be checked: ${error.code}: ${error.message}${denied}` };
}

const trailCall = (region: string, operation: string, input: object) => ({
  service: 'cloudtrail',
  region,
  target: `com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.${operation}`,
  input,
});

/** Whether a trail is logging, and logs calls that change something. EventBridge gets just those calls. */
async function recordsCognito({ ask }: Account, region: string, trail: string): Promise<boolean> {
  const { IsLogging } = await ask(trailCall(region, 'GetTrailStatus', { Name: trail }));
  if (!IsLogging) return false;
  const selectors = await ask(trailCall(region, 'GetEventSelectors', { TrailName: trail }));
  const basic = (selectors.EventSelectors ?? []).some(
    ({ IncludeManagementEvents, ReadWriteType }: any) => IncludeManagementEvents && ReadWriteType !== 'ReadOnly',
  );
  const advanced = (selectors.AdvancedEventSelectors ?? []).some(
    ({ FieldSelectors }: any) =>
      FieldSelectors.some(({ Field, Equals }: any) => Field === 'eventCategory' && Equals?.includes('Management')) &&
      !FieldSelectors.some(({ Field, Equals }: any) => Field === 'readOnly' && Equals?.includes('true')),
  );
  return basic || advanced;
}

function recordedBy(trail: string, region: string, ofStack: string): string {
  const recorded = `The trail ${trail} records the management events of ${region}.`;
  return region === ofStack
    ? recorded
    : `${recorded} The user pool is there, so a rule in ${region} must forward Cognito's events to the default event bus in ${ofStack}.`;
}
