import { createHash, createHmac } from 'node:crypto';

/** Who signs. */
export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const SERVICE = 'dynamodb';
const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * Signs requests to DynamoDB by AWS's Signature Version 4. They are all alike (a POST to one path, no query, a body of
 * JSON), and the key of a day is worked out once: so it takes a quarter of the time of the SDK's signer for any request,
 * with which a test compares it.
 */
export function requestSigner(region: string, path: string) {
  let day = '';
  let by: SigningCredentials | undefined;
  let key: Buffer;

  /**
   * @param headers with lower-case names, and without any that only the connection knows; all of them are signed
   * @returns the headers to send
   */
  return (headers: Record<string, string>, body: string, credentials: SigningCredentials, now: Date) => {
    const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
    const { sessionToken } = credentials;
    const signed = { ...headers, 'x-amz-date': time, ...(sessionToken && { 'x-amz-security-token': sessionToken }) };
    if (day !== time.slice(0, 8) || by !== credentials) {
      day = time.slice(0, 8);
      by = credentials;
      key = [day, region, SERVICE, 'aws4_request'].reduce<Buffer>(
        hmac,
        Buffer.from(`AWS4${credentials.secretAccessKey}`),
      );
    }
    const names = Object.keys(signed).sort();
    const list = names.join(';');
    const lines = names.map((name) => `${name}:${signed[name as keyof typeof signed]}\n`).join('');
    const request = `POST\n${path}\n\n${lines}\n${list}\n${sha256(body)}`;
    const scope = `${day}/${region}/${SERVICE}/aws4_request`;
    const signature = hmac(key, `${ALGORITHM}\n${time}\n${scope}\n${sha256(request)}`).toString('hex');
    const credential = `Credential=${credentials.accessKeyId}/${scope}`;
    return { ...signed, authorization: `${ALGORITHM} ${credential}, SignedHeaders=${list}, Signature=${signature}` };
  };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
