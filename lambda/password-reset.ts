import type { PostConfirmationTriggerEvent } from 'aws-lambda';
import { publisher } from './revocation/bus';
import { endAfterReset } from './revocation/outside-events';
import { required } from './runtime/environment';

const publish = publisher(required('eventBus'), { source: required('eventIssuer'), type: 'End Sessions' });

/**
 * The user pool's trigger after a confirmation: asks to end the sessions of a user who has reset the password.
 * @throws an error if it could not ask. The password is set by then, but the user sees that something went wrong.
 */
export const handler = async (event: PostConfirmationTriggerEvent): Promise<PostConfirmationTriggerEvent> => {
  const request = endAfterReset(event, Date.now());
  if (request) await publish([request]);
  return event;
};
