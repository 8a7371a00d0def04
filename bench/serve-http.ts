import type { HttpRequest } from './events';
import { assertAnswered } from './operations';
import type { Server } from './requests-process';

/** Requests over HTTP to the API of the local run. */
export const open = ({ apiUrl }: { apiUrl: string }): Server => ({
  async serve(operation, { path, ...request }: HttpRequest) {
    const answer = await fetch(`${apiUrl}${path.slice(1)}`, request);
    assertAnswered(operation, answer.status, await answer.text());
  },
});
