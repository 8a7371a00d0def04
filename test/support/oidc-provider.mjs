import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

// Another issuer than the user pool: oidc-provider as it is published, with its own pages for signing in, consent and
// signing out. `node test/support/oidc-provider.mjs [PORT]` says where it is. Its one client, `the-app`, is registered
// with it by OpenID Connect Dynamic Client Registration (docs/providers.md).
const server = createServer();
await new Promise((resolve) => server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

const provider = new Provider(issuer, {
  features: {
    backchannelLogout: { enabled: true },
    registration: { enabled: true, idFactory: () => 'the-app' },
  },
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'key', alg: 'RS256', use: 'sig' }] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  issueRefreshToken: () => true,
  cookies: { keys: ['for tests'] },
  // The receiver is on this machine, from which the provider otherwise keeps its requests.
  fetch: (url, { dispatcher: _, ...options }) => fetch(url, options),
});
for (const event of ['server_error', 'backchannel.error']) provider.on(event, (...of) => console.error(event, ...of));
server.on('request', provider.callback());
console.log(issuer);
