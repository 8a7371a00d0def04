import { CognitoIdentityProviderClient, ListUsersCommand } from '@aws-sdk/client-cognito-identity-provider';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';

/** What is read of a `Session Created` event's detail. */
export interface SessionCreated {
  readonly userId: string;
  readonly device: { readonly name?: string; readonly browser: string; readonly os: string };
  readonly location?: { readonly city?: string; readonly country: string };
  readonly ipAddress: string;
}

const { USER_POOL_ID, SENDER, CONSOLE_URL } = process.env;
// What the service is called by is the function's own role and region.
const users = new CognitoIdentityProviderClient({ region: USER_POOL_ID?.split('_')[0] });
const mails = new SESv2Client();

/** Mails a person about a sign-in on a new device. An error is retried by Lambda, twice. */
export const handler = async ({ detail, time }: { readonly detail: SessionCreated; readonly time: string }) => {
  // Never by a user name: in some pools people choose it.
  const Filter = `sub = "${detail.userId.replace(/["\\]/g, '\\$&')}"`;
  const { Users = [] } = await users.send(new ListUsersCommand({ UserPoolId: USER_POOL_ID, Filter, Limit: 1 }));
  const attribute = (name: string) => Users[0]?.Attributes?.find(({ Name }) => Name === name)?.Value;
  const address = attribute('email');
  if (!address || attribute('email_verified') !== 'true') return;
  const Simple = {
    Subject: { Data: 'A new device is signed in to your account' },
    Body: { Text: { Data: textOf(detail, time) } },
  };
  await mails.send(
    new SendEmailCommand({ FromEmailAddress: SENDER, Destination: { ToAddresses: [address] }, Content: { Simple } }),
  );
};

/** The mail in plain text: what the device says of itself may be anything, so it is shortened and no link. */
export function textOf({ device, location, ipAddress }: SessionCreated, time: string, page = CONSOLE_URL): string {
  // By characters: half of one is no text to send, and a name must not keep the mail from its owner.
  const plain = (text: string) =>
    Array.from(text.replace(/[^\p{L}\p{M}\p{N}\p{Zs}()+,-]/gu, ' '))
      .slice(0, 60)
      .join('')
      .trim();
  const place = location ? `${location.city ? `${plain(location.city)}, ` : ''}${plain(location.country)}` : 'unknown';
  return [
    'Was that you?',
    '',
    `Device:  ${plain(device.name ?? '') || plain(`${device.browser} on ${device.os}`)}`,
    `Place:   ${place} (address ${ipAddress})`,
    `Time:    ${time}`,
    '',
    'If it was you, there is nothing to do. If not, end its session here, and change your password:',
    String(page),
  ].join('\n');
}
