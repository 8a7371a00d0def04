import type { ServerResponse } from 'node:http';
import { Problem } from '../command/problem';
import type { Template } from './template';

/** An answer that the gateway gives on its own. */
export class GatewayAnswer extends Error {
  constructor(
    readonly type: string,
    readonly status: number,
    readonly context: Readonly<Record<string, string>> = {},
  ) {
    super(type);
  }
}

/** What an answer says of its request. */
export interface Answered {
  readonly requestId: string;
  /** Epoch milliseconds. */
  readonly time: number;
}

/** Gives the gateway's own answers as the template's gateway responses shape them. */
export function gatewayAnswers(template: Template) {
  const gatewayResponses = new Map(
    template.all('AWS::ApiGateway::GatewayResponse').map(([, response]) => [response.ResponseType, response]),
  );
  return (own: GatewayAnswer, { requestId, time }: Answered, response: ServerResponse): void => {
    const fallback = own.status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX';
    const {
      StatusCode,
      ResponseParameters = {},
      ResponseTemplates = {},
    } = gatewayResponses.get(own.type) ?? gatewayResponses.get(fallback) ?? {};
    const values: Record<string, string> = { requestId, requestTimeEpoch: String(time) };
    const template: string = ResponseTemplates['application/json'] ?? '{"message":"$context.error.message"}';
    // Substitution and nothing more, as the gateway does it: a name that has no value becomes empty.
    const body = template.replace(
      /\$context\.(authorizer\.)?(\w+)/g,
      (_, ofAuthorizer, name: string) => (ofAuthorizer ? own.context[name] : values[name]) ?? '',
    );
    response.writeHead(Number(StatusCode ?? own.status), {
      'content-type': 'application/json',
      ...staticHeaders(ResponseParameters, 'gatewayresponse.header.'),
    });
    response.end(body);
  };
}

/** Headers with values in single quotes, as mappings write a fixed text. */
export function staticHeaders(parameters: Record<string, string> = {}, prefix: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => {
      const text = /^'(.*)'$/.exec(value)?.[1];
      if (!name.startsWith(prefix) || text === undefined)
        throw new Problem(`The local run does not support the mapping ${name}: ${value}.`);
      return [name.slice(prefix.length).toLowerCase(), text];
    }),
  );
}
