import * as v from 'valibot';
import { dryRunSchema, registrationSchema } from '../../lambda/http/schemas';
import { iso, MINUTE, NOW } from '../support/sessions';

const messages = (schema: v.GenericSchema, body: unknown) =>
  v.safeParse(schema, body, { abortPipeEarly: true }).issues?.map(({ message }) => message) ?? [];

describe('the body of a registration', () => {
  const check = (fields: object) => messages(registrationSchema(NOW), { userAgent: 'Firefox', ...fields });

  it.each<object>([
    {},
    { userAgent: 'x'.repeat(1_000) },
    { userAgent: '🦊 é' },
    { loginTime: iso(NOW - 5 * MINUTE) },
    { loginTime: iso(NOW + 5 * MINUTE) },
    { loginTime: null },
    { ipAddress: '192.0.2.1' },
    { ipAddress: '2001:db8::1' },
    { ipAddress: null },
    { deviceName: 'Work laptop' },
    { deviceName: '🦊'.repeat(500) },
    { deviceName: null },
    { maxHours: 0.5 },
    { maxHours: null },
    { somethingElse: 1 },
  ])('may be %j', (fields) => {
    expect(check(fields)).toEqual([]);
  });

  it.each<[object, RegExp]>([
    [{ userAgent: '' }, /^userAgent must not be empty/],
    [{ userAgent: 1 }, /^userAgent must be a string/],
    [{ userAgent: 'x'.repeat(1_001) }, /^userAgent must have at most 1,000 characters/],
    [{ userAgent: '\ud83e' }, /^userAgent must be well-formed/],
    [{ userAgent: '\udd8a' }, /^userAgent must be well-formed/],
    [{ deviceName: '' }, /^deviceName must not be empty/],
    [{ deviceName: 1 }, /^deviceName must be a string/],
    [{ deviceName: 'x'.repeat(1_001) }, /^deviceName must have at most 1,000 characters/],
    [{ deviceName: '\ud83e' }, /^deviceName must be well-formed/],
    [{ loginTime: iso(NOW - 5 * MINUTE - 1) }, /^loginTime must be an ISO 8601 time within 5 minutes/],
    [{ loginTime: iso(NOW + 5 * MINUTE + 1) }, /^loginTime/],
    [{ loginTime: 'yesterday' }, /^loginTime/],
    [{ maxHours: 0 }, /^maxHours must be more than 0/],
    [{ maxHours: -1 }, /^maxHours must be more than 0/],
    [{ maxHours: '8' }, /^maxHours must be a number/],
    [{ ipAddress: 1 }, /^ipAddress must be a string/],
    [{ ipAddress: '192.0.2' }, /^ipAddress must be an IPv4 or IPv6 address/],
  ])('may not be %j, and the message names the field and what is expected', (fields, message) => {
    expect(check(fields)).toEqual([expect.stringMatching(message)]);
  });
});

describe('the body that requests a dry run', () => {
  it('can request nothing that deletes', () => {
    expect(messages(dryRunSchema, { dryRun: true })).toEqual([]);
    expect(messages(dryRunSchema, { dryRun: false })).toEqual([expect.stringMatching(/^dryRun must be true/)]);
    expect(messages(dryRunSchema, {})).toEqual([expect.stringMatching(/^Invalid key/)]);
  });

  it('has nothing else', () => {
    const [message, ...more] = messages(dryRunSchema, { dryRun: true, asOf: 1 });
    expect([message, more]).toEqual([expect.stringMatching(/^The body must have dryRun only, not "asOf"/), []]);
  });
});
