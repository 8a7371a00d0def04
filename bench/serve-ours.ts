import { assertAnswered, type Operation } from './operations';
import type { Server } from './requests-process';

export interface OurSettings {
  /** The bundles. */
  readonly authorizer: string;
  readonly handlers: Readonly<Record<Operation, string>>;
}

export interface OurAsk {
  readonly authorizerEvent: object;
  readonly routeEvent: { readonly requestContext: object };
}

/** The bundles of the authorizer and of the routes, called one after the other as the gateway calls them. */
export function open({ authorizer, handlers }: OurSettings): Server {
  const authorize = require(authorizer).handler;
  const routes = Object.fromEntries(Object.entries(handlers).map(([name, file]) => [name, require(file).handler]));
  return {
    async serve(operation, { authorizerEvent, routeEvent }: OurAsk) {
      const decision = await authorize(authorizerEvent, {});
      const { policyDocument, principalId, context } = decision;
      if (policyDocument.Statement[0].Effect !== 'Allow') throw new Error(`Refused: ${JSON.stringify(decision)}`);
      const authorizer = { ...context, principalId };
      const event = { ...routeEvent, requestContext: { ...routeEvent.requestContext, authorizer } };
      const answer = await routes[operation](event, {});
      assertAnswered(operation, answer.statusCode, answer.body);
    },
  };
}
