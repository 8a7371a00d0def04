import { marshall } from '@aws-sdk/util-dynamodb';
import { liveSession, NOW } from './sessions';

/** A record of the sessions table's change stream: its session is a live one, with these changes. */
const record = (eventName: string, image: string, session: object, changes: object) => ({
  eventID: 'event-1',
  eventName,
  dynamodb: {
    ApproximateCreationDateTime: NOW / 1_000,
    [image]: marshall({ ...liveSession(), ...session }, { removeUndefinedValues: true }),
  },
  ...changes,
});

/** @param changes to the record itself */
export const inserted = (session: object = {}, changes: object = {}) => record('INSERT', 'NewImage', session, changes);

/** @param changes to the record itself */
export const removed = (session: object = {}, changes: object = {}) => record('REMOVE', 'OldImage', session, changes);
