import { COGNITO_CALLS } from '../../lambda/revocation/cognito-calls';
import { endAfterReset, readOutsideEvent } from '../../lambda/revocation/outside-events';
import { settleStage } from '../../lib/stage';
import { NOW } from '../support/sessions';

const POOL = 'eu-west-1_AbCdEfGhI';
const TIME = '2026-11-23T12:00:00Z';

const read = (event: object, { endOn = [...COGNITO_CALLS] as readonly string[] } = {}) =>
  readOutsideEvent(event, { userPoolId: POOL, endOn });

/** A call of Cognito's API as CloudTrail reports it. */
const call = (eventName: string, more: object = {}, envelope: object = {}) => ({
  source: 'aws.cognito-idp',
  'detail-type': 'AWS API Call via CloudTrail',
  time: '2026-11-23T12:05:00Z',
  detail: {
    eventSource: 'cognito-idp.amazonaws.com',
    eventName,
    eventTime: TIME,
    requestParameters: { userPoolId: POOL, username: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
    additionalEventData: { sub: 'user-1' },
    ...more,
  },
  ...envelope,
});
/** A request to the pool's own sign-in page, as CloudTrail reports it. */
const page = (eventName: string, more: object = {}, additional: object = {}) =>
  call(
    eventName,
    {
      errorCode: '',
      requestParameters: null,
      additionalEventData: { responseParameters: { status: 302 }, userPoolId: POOL, ...additional },
      ...more,
    },
    { 'detail-type': 'AWS Service Event via CloudTrail' },
  );
const request = (detail: unknown, envelope: object = {}) => ({
  source: 'a-tool',
  'detail-type': 'End Sessions',
  time: TIME,
  detail,
  ...envelope,
});

describe('a call of Cognito’s API', () => {
  it.each([
    ['AdminDisableUser', 'user-disabled'],
    ['AdminDeleteUser', 'user-deleted'],
    ['DeleteUser', 'user-deleted'],
    ['AdminUserGlobalSignOut', 'signed-out-everywhere'],
    ['GlobalSignOut', 'signed-out-everywhere'],
    ['AdminResetUserPassword', 'password-changed'],
    ['AdminSetUserPassword', 'password-changed'],
    ['ConfirmForgotPassword', 'password-changed'],
    ['ChangePassword', 'password-changed'],
    ['AdminRemoveUserFromGroup', 'removed-from-group'],
  ])('%s ends the user’s sessions up to its time: %s', (name, reason) => {
    expect(read(call(name))).toEqual({ userId: 'user-1', reason, signedInBy: NOW });
  });

  it('has a reason for each call that a stage can name', () => {
    for (const name of COGNITO_CALLS) expect(read(call(name))).toHaveProperty('reason');
  });

  it('ends nothing if the stage does not name it, and that is said', () => {
    const ignored = (name: string) => ({ ignored: `This stage does not end sessions on ${name}.` });
    for (const name of ['ChangePassword', 'AdminRemoveUserFromGroup']) {
      expect(read(call(name), { endOn: settleStage('prod').endOn })).toEqual(ignored(name));
    }
    expect(read(call('AdminGetUser'), { endOn: ['AdminGetUser'] })).toEqual(ignored('AdminGetUser'));
    expect(read(call('constructor'), { endOn: ['constructor'] })).toEqual(ignored('constructor'));
  });

  it('ends nothing if it failed, and that is said', () => {
    expect(read(call('AdminDisableUser', { errorCode: 'UserNotFoundException' }))).toEqual({
      ignored: 'AdminDisableUser failed: UserNotFoundException.',
    });
  });

  it.each([undefined, null, ''])('has not failed if its errorCode is %j', (errorCode) => {
    expect(read(call('AdminDisableUser', { errorCode }))).toMatchObject({ userId: 'user-1' });
  });

  it.each<[string, object]>([
    ['in its request', { requestParameters: { userPoolId: 'eu-west-1_Other' } }],
    ['in its additional data', { additionalEventData: { sub: 'user-1', userPoolId: 'eu-west-1_Other' } }],
    [
      'among its resources',
      { resources: [{ ARN: 'arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Other' }] },
    ],
  ])('about another user pool ends nothing, and that is said: named %s', (_, more) => {
    expect(read(call('AdminDisableUser', more))).toEqual({
      ignored: 'AdminDisableUser is about another user pool, eu-west-1_Other.',
    });
  });

  it.each<[string, object]>([
    ['its request', {}],
    ['its resources', { resources: [{ ARN: `arn:aws:cognito-idp:eu-west-1:123456789012:userpool/${POOL}` }] }],
    ['nothing, as a call that people make for themselves', { requestParameters: null }],
    ['resources of another kind', { resources: [{ ARN: 'arn:aws:iam::123456789012:role/Admin' }, null] }],
    ['a null', { requestParameters: { userPoolId: null }, resources: null }],
  ])('about our own user pool ends the user’s sessions: named by %s', (_, more) => {
    expect(read(call('GlobalSignOut', more))).toMatchObject({ userId: 'user-1' });
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['no sub', {}],
    ['an empty sub', { sub: '' }],
    ['a sub that is a list', { sub: ['user-1'] }],
  ])('that names nobody is an error: %s', (_, additionalEventData) => {
    const username = '3b3a4f0e-1f8c-4f4a-9d5d-0c5d6a2f7b11';
    const event = call('AdminDisableUser', { additionalEventData, requestParameters: { username }, userId: 'user-2' });
    expect(() => read(event)).toThrow('The event of AdminDisableUser names nobody');
  });

  it.each([undefined, null, '', 'yesterday', 1_800_000_000])('without a time is an error: %j', (eventTime) => {
    expect(() => read(call('AdminDisableUser', { eventTime }))).toThrow('The event’s eventTime'.replace('’', "'"));
  });

  it('counts to the second', () => {
    expect(read(call('AdminDisableUser', { eventTime: '2026-11-23T12:00:00.999Z' }))).toMatchObject({
      signedInBy: NOW,
    });
  });
});

describe('a new password that was set on the pool’s own sign-in page', () => {
  it.each(['ConfirmForgotPassword_POST', 'ResetPassword_POST'])(
    'ends the sessions of the user whom it names: %s',
    (name) => {
      expect(read(page(name, {}, { sub: 'user-1' }))).toEqual({
        userId: 'user-1',
        reason: 'password-changed',
        signedInBy: NOW,
      });
    },
  );

  it('ends nothing if it names nobody, and that is said: form fields, which anybody can write, name nobody', () => {
    const form = { requestParameters: { sub: ['user-1'], username: ['user-1'] } };
    expect(read(page('ResetPassword_POST', form, form))).toEqual({
      ignored: 'The event of ResetPassword_POST names nobody.',
    });
  });

  it('ends nothing if it failed or is about another pool', () => {
    const named = { sub: 'user-1' };
    expect(read(page('ResetPassword_POST', { errorCode: 'CodeMismatchException' }, named))).toHaveProperty('ignored');
    expect(read(page('ResetPassword_POST', {}, { ...named, userPoolId: 'eu-west-1_Other' }))).toHaveProperty('ignored');
  });

  it('ends nothing if the stage does not end sessions on password resets', () => {
    const endOn = COGNITO_CALLS.filter((name) => name !== 'ConfirmForgotPassword');
    expect(read(page('ResetPassword_POST', {}, { sub: 'user-1' }), { endOn })).toHaveProperty('ignored');
  });

  it.each(['forgotPassword_POST', 'ForgotPassword_POST', 'Login_POST', 'AdminDisableUser'])(
    'is no other request: %s',
    (name) => {
      expect(read(page(name, {}, { sub: 'user-1' }))).toHaveProperty('ignored');
    },
  );
});

describe('an End Sessions event', () => {
  it('ends the sessions of the user whom it names, up to its time', () => {
    expect(read(request({ userId: 'okta|user-1' }))).toEqual({
      userId: 'okta|user-1',
      reason: 'requested',
      signedInBy: NOW,
    });
  });

  it.each([
    ['password-changed', 'password-changed'],
    ['user-disabled', 'user-disabled'],
    ['because', 'requested'],
    [undefined, 'requested'],
  ])('may say why: %j', (reason, expected) => {
    expect(read(request({ userId: 'user-1', reason }))).toMatchObject({ reason: expected });
  });

  it.each([undefined, null, 'user-1', {}, { userId: '' }, { userId: 1 }, { sub: 'user-1' }])(
    'that names nobody is an error: %j',
    (detail) => {
      expect(() => read(request(detail))).toThrow('An End Sessions event needs a userId');
    },
  );

  it.each([undefined, '', 'now'])('without a time is an error: %j', (time) => {
    expect(() => read(request({ userId: 'user-1' }, { time }))).toThrow("The event's time is not a time");
  });
});

describe('an event is what its source and its type say, whatever fields it has', () => {
  const fields = { ...call('AdminDisableUser').detail, userId: 'user-2' };

  it('an End Sessions event with the fields of a call ends the sessions of its userId', () => {
    expect(read(request({ ...fields, errorCode: 'Any' }))).toMatchObject({ userId: 'user-2', reason: 'requested' });
  });

  it('a call with the field of an End Sessions event ends the sessions of its sub', () => {
    expect(read(call('AdminDisableUser', { userId: 'user-2' }))).toMatchObject({ userId: 'user-1' });
  });

  it.each<[string, object]>([
    ['a call of another source', call('AdminDisableUser', {}, { source: 'a-tool' })],
    ['a call of a source that ends like Cognito’s', call('AdminDisableUser', {}, { source: 'a-tool.cognito-idp' })],
    ['an End Sessions event of Cognito', request(fields, { source: 'aws.cognito-idp' })],
    ['another type of another source', request(fields, { 'detail-type': 'Session Revoked' })],
    ['no type', request(fields, { 'detail-type': undefined })],
    ['nothing', {}],
  ])('is an error: %s', (_, event) => {
    expect(() => read(event)).toThrow('does not end sessions');
  });
});

describe('the user pool’s trigger', () => {
  const trigger = (triggerSource: string, userAttributes: Record<string, string> = { sub: 'user-1' }) =>
    endAfterReset({ triggerSource, request: { userAttributes } }, NOW);

  it('asks to end the sessions of a user who has reset the password, as of now', () => {
    const asked = trigger('PostConfirmation_ConfirmForgotPassword');
    expect(asked).toEqual({ time: NOW, detail: { userId: 'user-1', reason: 'password-changed' } });
    expect(read(request(asked?.detail))).toMatchObject({ userId: 'user-1', reason: 'password-changed' });
  });

  it('asks for nothing after a sign-up', () => {
    expect(trigger('PostConfirmation_ConfirmSignUp')).toBeUndefined();
  });

  it('fails if it names nobody', () => {
    expect(() => trigger('PostConfirmation_ConfirmForgotPassword', {})).toThrow('names nobody');
  });
});
