import type { PostConfirmationTriggerEvent } from 'aws-lambda';
import { endAfterReset } from './revocation/outside-events';
import { publisherOf } from './runtime/wiring';

const publish = publisherOf('End Sessions');

/** Cognito waits five seconds for a trigger. */
const TRIGGER_MS = 4_000;

/**
 * The user pool's trigger after a confirmation: asks to end the sessions of a user who has reset the password.
 * @throws an error if it could not ask. The password is set by then, but the user sees that something went wrong.
 */
export const handler = async (event: PostConfirmationTriggerEvent): Promise<PostConfirmationTriggerEvent> => {
  const now = Date.now();
  const request = endAfterReset(event, now);
  if (request) await publish([request], now + TRIGGER_MS);
  return event;
};
