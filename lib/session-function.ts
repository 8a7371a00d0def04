import { join } from 'node:path';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LoggingFormat, Runtime, SystemLogLevel } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, type NodejsFunctionProps } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ENV, type EnvironmentName, FUNCTION_SECONDS } from '../lambda/runtime/environment';
import { ARCHITECTURE, bundling } from './bundling';
import type { Stage } from './stage';

const LAMBDA = join(__dirname, '..', 'lambda');

export interface SessionFunctionProps
  extends Pick<
    NodejsFunctionProps,
    'timeout' | 'memorySize' | 'durableConfig' | 'currentVersionOptions' | 'deadLetterQueue' | 'description'
  > {
  readonly stage: Stage;
  /** The middle part of the function's name. */
  readonly name: string;
  /** The file in `lambda/`, without its ending. */
  readonly entry: string;
  readonly variables: Readonly<Partial<Record<EnvironmentName, string>>>;
}

export const functionNameOf = (stage: Stage, name: string): string => `${stage.app}-${name}-${stage.name}`;

/** A function of this backend: its bundle, its environment, its log group. */
export class SessionFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, { stage, name, entry, variables, ...props }: SessionFunctionProps) {
    const functionName = functionNameOf(stage, name);
    const { region, urlSuffix } = Stack.of(scope);
    super(scope, id, {
      functionName,
      entry: join(LAMBDA, `${entry}.ts`),
      runtime: Runtime.NODEJS_24_X,
      architecture: ARCHITECTURE,
      // CPU comes with memory; at this size a cold start and a signature check are quick, and a request is still cheap.
      memorySize: 512,
      timeout: Duration.seconds(FUNCTION_SECONDS),
      loggingFormat: LoggingFormat.JSON,
      // Lambda's own lines of each invocation that went well would be most of what a log costs; a durable function's are few.
      systemLogLevelV2: props.durableConfig ? SystemLogLevel.INFO : SystemLogLevel.WARN,
      logGroup: new LogGroup(scope, `${id}Logs`, {
        logGroupName: `/aws/lambda/${functionName}`,
        retention: stage.logDays,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      environment: {
        POWERTOOLS_SERVICE_NAME: functionName,
        // What a function calls, so that it need not find out (lambda/aws/connection.ts), by AWS's own names.
        AWS_ENDPOINT_URL_DYNAMODB: `https://dynamodb.${region}.${urlSuffix}`,
        AWS_ENDPOINT_URL_EVENTBRIDGE: `https://events.${region}.${urlSuffix}`,
        ...Object.fromEntries(Object.entries(variables).map(([key, value]) => [ENV[key as EnvironmentName], value])),
      },
      bundling: bundling(),
      ...props,
    });
  }
}
