import { LambdaClient } from '@aws-sdk/client-lambda';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { sign } from 'aws4';
import { printable } from '../command/printable';
import { Problem } from '../command/problem';

/** A call of an AWS service that speaks JSON, by a path or by the name of its operation. */
export type AccountCall = { readonly service: string; readonly region?: string } & (
  | { readonly path: string }
  | { readonly target: string; readonly input: object }
);

/** Asks AWS something in the caller's name. */
export interface Account {
  readonly region: string;
  /** @throws a `CallFailure` if the service refuses or does not answer */
  readonly ask: (call: AccountCall) => Promise<any>;
}

/** Why a call has no answer. */
export class CallFailure extends Error {
  /** @param code by the name of the service's error, or of the connection's */
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const MOST_MS = 10_000;

/**
 * The account of the caller's credentials: these and the region are found as by any tool of AWS. The calls are few and
 * small, so they are signed here, and no client of four services is installed for them.
 * @throws a problem without credentials or region
 */
export async function callersAccount(): Promise<Account> {
  const client = new LambdaClient({});
  try {
    const region = await client.config.region().catch(() => {
      throw new Problem('The region to check is unknown. Set AWS_REGION.');
    });
    const credentials = await client.config.credentials().catch((error: Error) => {
      throw new Problem(`AWS credentials are needed: ${printable(error.message)}. Set AWS_PROFILE, or sign in.`);
    });
    return { region, ask: (call) => ask({ region, ...call }, credentials) };
  } finally {
    client.destroy();
  }
}

async function ask(
  call: AccountCall & { readonly region: string },
  credentials: Parameters<typeof sign>[1],
): Promise<unknown> {
  const { service, region } = call;
  const suffix = RegionInfo.get(region).domainSuffix ?? 'amazonaws.com';
  const url = new URL(process.env.AWS_ENDPOINT_URL ?? `https://${service}.${region}.${suffix}`);
  const content =
    'path' in call
      ? { method: 'GET', path: call.path, headers: { accept: 'application/json' } }
      : {
          method: 'POST',
          path: '/',
          headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': call.target },
          body: JSON.stringify(call.input),
        };
  const { method, path, headers, body } = sign({ service, region, host: url.host, ...content }, credentials);
  try {
    const answer = await fetch(new URL(path ?? '/', url), {
      method,
      // A connection that is kept may be closed by the service at the moment it is used again.
      headers: { ...(headers as Record<string, string>), connection: 'close' },
      body: body as string | undefined,
      signal: AbortSignal.timeout(MOST_MS),
    });
    const text = await answer.text();
    if (answer.ok) return JSON.parse(text);
    throw refusal(answer, text);
  } catch (error) {
    if (error instanceof CallFailure) throw error;
    const { name, message, cause } = error as Error & { cause?: { code?: string } };
    throw new CallFailure(cause?.code ?? name, printable(message));
  }
}

/** A service's error: its name is in a header or in the body, whatever the service is used to. */
function refusal({ status, headers }: Response, text: string): CallFailure {
  let body: { __type?: string; code?: string; message?: string; Message?: string } = {};
  try {
    body = JSON.parse(text) ?? {};
  } catch {
    // No JSON: the status alone says what there is to say.
  }
  const type = headers.get('x-amzn-errortype') ?? body.__type ?? body.code ?? '';
  const code = type.replace(/^.*#|:.*$/g, '') || `HTTP ${status}`;
  return new CallFailure(printable(code), printable(body.message ?? body.Message ?? `HTTP status ${status}`));
}
