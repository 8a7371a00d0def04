import type { Stack } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';

type Conditions = Record<string, Record<string, unknown>>;

/** Allows exactly these actions on one resource, nothing wider. */
export function allow(
  grantee: IGrantable,
  actions: readonly string[],
  resource: string,
  conditions?: Conditions,
): void {
  Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [resource], conditions });
}

/**
 * Allows a function to put its own kinds of events on the stage's bus, and no other: the bus carries the events that end
 * sessions, those that announce sessions, and the requests for a dry run.
 */
export function allowToPut(
  grantee: IGrantable,
  bus: IEventBus,
  source: string,
  detailType: string | readonly string[],
): void {
  // A request may put ten events, and IAM lists the source as a key of several values: all of them must match.
  const conditions = { 'ForAllValues:StringEquals': { 'events:source': source, 'events:detail-type': detailType } };
  allow(grantee, ['events:PutEvents'], bus.eventBusArn, conditions);
}

/**
 * Lets DynamoDB use a table's own key in the name of a function. To read and to write, DynamoDB decrypts the table's data
 * key as the caller; everything else it does by the grants it got from whoever chose the key (AWS: "How DynamoDB uses AWS
 * KMS").
 */
export function allowToDecrypt(grantee: IGrantable, keyArn: string, { region, urlSuffix }: Stack): void {
  allow(grantee, ['kms:Decrypt'], keyArn, { StringEquals: { 'kms:ViaService': `dynamodb.${region}.${urlSuffix}` } });
}
