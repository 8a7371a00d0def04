import { settleStage } from '../../lib/stage';

describe('a stage', () => {
  it('may have names as long as AWS allows, and not one character more', () => {
    const app = 'a'.repeat(20);
    const longest = 64 - `${app}-session-cleanup-requests-`.length;
    expect(settleStage('s'.repeat(longest), { app }).name).toHaveLength(longest);
    expect(() => settleStage('s'.repeat(longest + 1), { app })).toThrow('has 65');
  });

  it('has no two providers of one name or one issuer: they would share users', () => {
    const provider = (name: string, issuer: string) => ({ name, issuer, audience: 'app' });
    const settle = (...openIdProviders: object[]) => settleStage('dev', { openIdProviders } as never);
    const one = provider('one', 'https://one.example');
    expect(settle(one, provider('two', 'https://two.example')).openIdProviders).toHaveLength(2);
    expect(() => settle(one, provider('one', 'https://two.example'))).toThrow('openIdProviders.name is "one"');
    expect(() => settle(one, provider('two', 'https://one.example'))).toThrow('openIdProviders.issuer is');
  });

  it('caches the authorizer’s answers for at most a twentieth of the idle timeout', () => {
    const settle = (authorizerCacheSeconds: number, idleMinutes: number) =>
      settleStage('dev', { authorizerCacheSeconds, idleMinutes });
    expect(settle(30, 10).authorizerCacheSeconds).toBe(30);
    expect(() => settle(31, 10)).toThrow('authorizerCacheSeconds is 31');
    expect(() => settle(3_601, 100_000)).toThrow('authorizerCacheSeconds is 3601');
  });

  it('has * alone or origins, and no option that is misspelled', () => {
    expect(() => settleStage('dev', { allowedOrigins: ['https://a.example', '*'] })).toThrow('["*"] alone');
    expect(() => settleStage('dev', { idleMinute: 5 } as never)).toThrow('idleMinute');
  });

  it('has no two receivers of one standard and one issuer: nobody could say whose message it is', () => {
    const one = { standard: 'backchannel-logout', issuer: 'https://id.example', audience: 'app', poolProvider: 'Okta' };
    const settle = (...receivers: object[]) => settleStage('dev', { receivers } as never);
    expect(settle(one, { ...one, standard: 'global-token-revocation' }).receivers).toHaveLength(2);
    expect(() => settle(one, { ...one, poolProvider: 'Other' })).toThrow('receivers.issuer is "https://id.example"');
  });

  it('may name an issuer without TLS on this machine, for the local run', () => {
    const settle = (issuer: string) =>
      settleStage('dev', { openIdProviders: [{ name: 'one', issuer, audience: 'app' }] }).openIdProviders;
    expect(settle('http://127.0.0.1:4000/realms/a')).toHaveLength(1);
    expect(settle('http://localhost')).toHaveLength(1);
    for (const issuer of ['http://127.0.0.1.example.com', 'http://localhost:80a', 'http://localhost@example.com'])
      expect(() => settle(issuer)).toThrow('openIdProviders.issuer');
  });

  it('fetches a provider’s keys by https only', () => {
    const provider = { name: 'one', issuer: 'http://one.example', audience: 'app' };
    expect(() => settleStage('dev', { openIdProviders: [provider] })).toThrow('an https address');
  });

  it('signs people in to the console with a client whose tokens the API accepts', () => {
    const userPool = { id: 'eu-west-1_AbC', clientIds: ['a'] };
    const settle = (clientId: string) =>
      settleStage('dev', { userPool, console: { signIn: { domain: 'https://a.example', clientId } } });
    expect(settle('a').console).toBeDefined();
    expect(() => settle('b')).toThrow('one of userPool.clientIds');
  });
});
