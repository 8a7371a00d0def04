import { publisher } from '../revocation/bus';
import { required } from './environment';
import { clock } from './wiring';

/** Puts events of a type on the stage's bus. */
export const publisherOf = (type: string) =>
  publisher(required('eventBus'), { source: required('eventIssuer'), type }, clock);
