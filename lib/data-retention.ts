import { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Stage } from './options';

/**
 * How long a stage's data lives: its tables and its user pool. `RETAIN_ON_UPDATE_OR_DELETE` removes them only if their
 * own creation is rolled back. With `RETAIN`, they would stay under their fixed names and block the next attempt.
 */
export const dataRetention = ({ retainData, deletionProtection }: Stage) => ({
  removalPolicy: retainData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
  deletionProtection,
});

/** A log, which goes with its stack. */
export const newLog = (scope: Construct, id: string, { logDays: retention }: Stage, logGroupName: string): LogGroup =>
  new LogGroup(scope, id, { logGroupName, retention, removalPolicy: RemovalPolicy.DESTROY });
