/** `POST /backchannel-logout` and `POST /global-token-revocation`: an identity provider ends sessions of its people. */
export { handler } from './runtime/receivers';
