import { join } from 'node:path';
import { Stage as Assembly, Duration, Stack } from 'aws-cdk-lib';
import { LoggingFormat, Runtime, SystemLogLevel } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, type NodejsFunctionProps } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
import { FUNCTION_SECONDS } from '../lambda/runtime/environment';
import { ARCHITECTURE, bundling } from './bundling';
import { writeCountryTable } from './country-data';
import { newLog } from './data-retention';
import { nameOf } from './names';
import { isPackaged, packagedCode } from './packaged';
import { environmentOf, type Shared, type VariableName } from './variables';

const LAMBDA = join(__dirname, '..', 'lambda');

/** The log group of a function, by its name. */
export const logOf = (functionName: string): string => `/aws/lambda/${functionName}`;

export interface SessionFunctionProps
  extends Pick<
    NodejsFunctionProps,
    'timeout' | 'memorySize' | 'durableConfig' | 'currentVersionOptions' | 'deadLetterQueue' | 'description'
  > {
  /** The file in `lambda/`, without its ending. */
  readonly entry: string;
  /** The variables that its code reads: it gets these and no others. */
  readonly reads: readonly VariableName[];
}

/** A function of this backend: its bundle, its environment, its log group. Its id is the middle part of its name. */
export class SessionFunction extends NodejsFunction {
  constructor(
    scope: Construct,
    id: string,
    { stage, variables }: Pick<Shared, 'stage' | 'variables'>,
    { entry, reads, ...props }: SessionFunctionProps,
  ) {
    const functionName = nameOf(stage, id.toLowerCase());
    const locates = reads.includes('location') && stage.location !== 'off' && Stack.of(scope).bundlingRequired;
    const besides = locates ? [writeCountryTable(Assembly.of(scope)?.assetOutdir ?? '', stage.location)] : [];
    super(scope, id, {
      functionName,
      runtime: Runtime.NODEJS_24_X,
      architecture: ARCHITECTURE,
      // CPU comes with memory; at this size a cold start and a signature check are quick, and a request is still cheap.
      memorySize: 512,
      timeout: Duration.seconds(FUNCTION_SECONDS),
      loggingFormat: LoggingFormat.JSON,
      // Lambda's own lines of each invocation that went well would be most of what a log costs; a durable function's are few.
      systemLogLevelV2: props.durableConfig ? SystemLogLevel.INFO : SystemLogLevel.WARN,
      logGroup: newLog(scope, `${id}Logs`, stage, logOf(functionName)),
      environment: environmentOf(Stack.of(scope), reads, { ...variables, POWERTOOLS_SERVICE_NAME: functionName }),
      ...(isPackaged
        ? { code: packagedCode(entry, besides), handler: 'index.handler' }
        : { entry: join(LAMBDA, `${entry}.ts`), bundling: bundling(besides) }),
      ...props,
    });
  }
}
