import * as v from 'valibot';
import { isAboutNow } from '../domain/session';

/** The body that registers a session. `ipAddress` is checked for form only: the address recorded is the connection's. */
export const registrationSchema = (now: number) =>
  v.object({
    userAgent: v.pipe(
      v.string('userAgent must be a string.'),
      v.nonEmpty('userAgent must not be empty.'),
      v.maxLength(1_000, 'userAgent must have at most 1,000 characters.'),
    ),
    loginTime: v.nullish(
      v.custom(
        (time) => isAboutNow(time, now),
        'loginTime must be an ISO 8601 time within 5 minutes of now. Leave it out to take the time of the sign-in.',
      ),
    ),
    ipAddress: v.nullish(
      v.pipe(v.string('ipAddress must be a string.'), v.ip('ipAddress must be an IPv4 or IPv6 address.')),
    ),
  });
