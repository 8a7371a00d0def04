import type { AtDoor, DoorOptions } from '../authorize';
import { appSync } from './app-sync';
import { httpApi } from './http-api';
import { rest } from './rest';
import { webSocket } from './web-socket';

/** An event is of one kind only. Our own API's come first. */
const DOORS = [rest, httpApi, webSocket, appSync];

/**
 * Finds the door that a request came to, by the shape of its event.
 * @throws an error if it is none of them; then nobody passes
 */
export function doorOf(event: object, options: DoorOptions): AtDoor {
  for (const door of DOORS) {
    const found = door(event, options);
    if (found) return found;
  }
  throw new Error('The event is of no API that this authorizer knows. A REST API needs an authorizer of type REQUEST.');
}
