import type { StageConfiguration } from '../../lib/stage';
import { rawResources, synthesizeStage } from '../support/stack';

const KEPT = ['AWS::DynamoDB::Table', 'AWS::Cognito::UserPool'];

/** What holds data in a stage, each with how it is kept. */
const dataOf = (name: string, configuration: StageConfiguration = {}) =>
  Object.values(rawResources(synthesizeStage(configuration, { name })))
    .filter(({ Type }) => KEPT.includes(Type))
    .map(({ Type, DeletionPolicy, UpdateReplacePolicy, Properties }) => ({
      type: Type,
      deleted: DeletionPolicy,
      replaced: UpdateReplacePolicy,
      isProtected: Properties.DeletionProtectionEnabled === true || Properties.DeletionProtection === 'ACTIVE',
    }));

describe('the tables and the user pool', () => {
  const kept = dataOf('prod');

  it('outlive a stage that keeps its data', () => {
    expect(kept.map(({ type }) => type).sort()).toEqual([KEPT[1], KEPT[0], KEPT[0], KEPT[0]]);
    for (const { replaced } of kept) expect(replaced).toBe('Retain');
  });

  it('do not outlive a first deployment that failed, so that it can be repeated', () => {
    for (const { deleted, isProtected } of kept)
      expect({ deleted, isProtected }).toEqual({ deleted: 'RetainExceptOnCreate', isProtected: false });
  });

  it('refuse to be deleted when the stage says so', () => {
    for (const { isProtected } of dataOf('prod', { deletionProtection: true })) expect(isProtected).toBe(true);
  });

  it('go with the stage dev', () => {
    for (const { deleted, isProtected } of dataOf('dev'))
      expect({ deleted, isProtected }).toEqual({ deleted: 'Delete', isProtected: false });
  });
});

describe('the user pool’s client and its admin group', () => {
  const parts = (name: string) =>
    Object.values(rawResources(synthesizeStage({}, { name })))
      .filter(({ Type }) => /^AWS::Cognito::UserPool(Client|Group)$/.test(Type))
      .map(({ DeletionPolicy, UpdateReplacePolicy }) => [DeletionPolicy, UpdateReplacePolicy]);

  it('stay with a user pool that stays, unless they are replaced', () => {
    expect(parts('prod')).toEqual(Array(2).fill(['RetainExceptOnCreate', 'Delete']));
  });

  it('go with the stage dev', () => {
    expect(parts('dev')).toEqual(Array(2).fill(['Delete', 'Delete']));
  });
});
