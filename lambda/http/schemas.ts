import * as v from 'valibot';
import { isAboutNow } from '../domain/session';

/** No half of a surrogate pair. It has no flag, because a pattern in the API's description cannot have one. */
const WELL_FORMED = /^(?:[^\ud800-\udfff]|[\ud800-\udbff][\udc00-\udfff])*$/;

const deviceText = (name: string, what: string) =>
  v.pipe(
    v.string(`${name} must be a string.`),
    v.nonEmpty(`${name} must not be empty.`),
    v.maxLength(1_000, `${name} must have at most 1,000 characters.`),
    // Half of a surrogate pair is no text that a table can keep.
    v.regex(WELL_FORMED, `${name} must be well-formed Unicode text.`),
    v.description(what),
  );

/** The body that requests a dry run. A cleanup that deletes cannot be requested: it runs on its schedule. */
export const dryRunSchema = v.strictObject(
  { dryRun: v.literal(true, 'dryRun must be true: a cleanup that deletes runs on its schedule only.') },
  (issue) => (issue.expected === 'never' ? `The body must have dryRun only, not ${issue.received}.` : issue.message),
);

/** The body of a logout, for the API's description: `wantsEverywhere` reads it. */
export const logoutSchema = v.object({
  everywhere: v.optional(
    v.pipe(v.boolean(), v.description('Whether all sessions of the user end, the current one last.')),
  ),
});

/** The body that registers a session. `ipAddress` is checked for form only: the address recorded is the connection's. */
export const registrationSchema = (now: number) =>
  v.object({
    userAgent: deviceText('userAgent', 'What the device says of itself, 1 to 1,000 characters.'),
    deviceName: v.nullish(
      deviceText('deviceName', 'What people call the device or the app, such as “Work laptop”, 1 to 1,000 characters.'),
    ),
    loginTime: v.nullish(
      v.custom(
        (time) => isAboutNow(time, now),
        'loginTime must be an ISO 8601 time within 5 minutes of now. Leave it out to take the time of the sign-in.',
      ),
    ),
    maxHours: v.nullish(
      v.pipe(
        v.number('maxHours must be a number.'),
        v.gtValue(0, 'maxHours must be more than 0.'),
        v.description(
          'Hours from the sign-in after which the session is over at the latest, if that is less than the stage gives.',
        ),
      ),
    ),
    ipAddress: v.nullish(
      v.pipe(
        v.string('ipAddress must be a string.'),
        v.ip('ipAddress must be an IPv4 or IPv6 address.'),
        v.description('Checked for form and otherwise ignored: what is recorded is the connection’s address.'),
      ),
    ),
  });
