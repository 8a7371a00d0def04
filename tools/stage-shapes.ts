import type { StageConfiguration } from '../lib/stage';

/** The shapes that the stack can have. What holds for every stack is checked on each of them. */
export const STAGE_SHAPES: Readonly<Record<string, StageConfiguration>> = {
  dev: {},
  prod: { alarmEmail: 'on-call@example.com' },
  existing: {
    sessionsTable: {
      name: 'sessions-of-old',
      streamArn: 'arn:aws:dynamodb:eu-west-1:123456789012:table/sessions-of-old/stream/2026-01-01T00:00:00.000',
      kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/12345678-90ab-cdef-1234-567890abcdef',
    },
    userPool: { id: 'eu-west-1_AbCdEfGhI', clientIds: ['4example5client6id'] },
    allowedOrigins: ['https://app.example.com', 'https://admin.example.com'],
    console: {
      domain: {
        name: 'sessions.example.com',
        certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/12345678-90ab-cdef-1234-567890abcdef',
      },
      signIn: { domain: 'https://sign-in.example.com', clientId: '4example5client6id' },
    },
  },
  cached: { authorizerCacheSeconds: 60 },
  console: { console: {} },
  receivers: {
    openIdProviders: [{ name: 'keycloak', issuer: 'https://id.example.com/realms/staff', audience: 'app' }],
    receivers: [
      {
        standard: 'backchannel-logout',
        issuer: 'https://id.example.com/realms/staff',
        audience: 'app',
        provider: 'keycloak',
      },
      {
        standard: 'global-token-revocation',
        issuer: 'https://example.okta.com',
        audience: 'https://api.example.com/global-token-revocation',
        poolProvider: 'Okta',
      },
    ],
  },
  limited: { sessionLimit: { most: 3, whenReached: 'end-oldest' }, recentSignInMinutes: 10 },
};
