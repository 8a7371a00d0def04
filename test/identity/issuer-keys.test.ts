import { IssuerKeys } from '../../lambda/identity/issuer-keys';
import { MINUTE, NOW } from '../support/sessions';

const URI = 'https://issuer.example.com/keys';
const key = (kid: string, changes: object = {}) => ({ kty: 'RSA', kid, n: 'n', e: 'AQAB', ...changes });

let now: number;
let answer: () => Promise<string> | string;
let fetched: string[];
let changes: number;
let keys: IssuerKeys;

beforeEach(() => {
  now = NOW;
  fetched = [];
  changes = 0;
  answer = () => JSON.stringify({ keys: [key('a')] });
  keys = new IssuerKeys({
    clock: () => now,
    fetch: async (uri) => {
      fetched.push(uri);
      return answer();
    },
    onChange: () => changes++,
  });
});

const answering = (...all: object[]) => {
  answer = () => JSON.stringify({ keys: all });
};
const failing = () => {
  answer = () => Promise.reject(new Error('no route to host'));
};
const UNKNOWN = 'The issuer has no such key.';
const UNREACHABLE = `The keys at ${URI} could not be fetched.`;

describe('a key', () => {
  it('is fetched when it is first needed, and found again without another fetch', async () => {
    expect(await keys.find(URI, 'a')).toMatchObject({ kid: 'a', kty: 'RSA' });
    now += 29 * MINUTE;
    expect(await keys.find(URI, 'a')).toMatchObject({ kid: 'a' });
    expect(fetched).toEqual([URI]);
  });

  it('is fetched once for many that need it at the same time', async () => {
    await Promise.all([keys.refresh(URI), keys.find(URI, 'a'), keys.find(URI, 'a')]);
    expect(fetched).toHaveLength(1);
  });

  it('is looked for at its own address only', async () => {
    await keys.find(URI, 'a');
    answering(key('b'));
    await expect(keys.find('https://other.example.com/keys', 'a')).rejects.toThrow(UNKNOWN);
    expect(fetched).toEqual([URI, 'https://other.example.com/keys']);
  });

  it('that was added is found with another fetch', async () => {
    await keys.find(URI, 'a');
    now += 1_000;
    answering(key('a'), key('b'));
    expect(await keys.find(URI, 'b')).toMatchObject({ kid: 'b' });
  });

  it('that replaces another under the same id is the one that is found', async () => {
    await keys.find(URI, 'a');
    now += 30 * MINUTE;
    answering(key('a', { n: 'other' }));
    expect(await keys.find(URI, 'a')).toMatchObject({ n: 'other' });
  });

  it.each([
    ['encrypts', { use: 'enc' }],
    ['is symmetric', { kty: 'oct' }],
  ])('that %s is left out', async (_, changes) => {
    answering(key('a', changes), key('b', { use: 'sig' }));
    await expect(keys.find(URI, 'a')).rejects.toThrow(UNKNOWN);
    expect(await keys.find(URI, 'b')).toBeDefined();
  });

  it.each([
    ['elliptic', 'EC'],
    ['of the Edwards curves', 'OKP'],
  ])('may be %s', async (_, kty) => {
    answering(key('a', { kty }));
    expect(await keys.find(URI, 'a')).toMatchObject({ kty });
  });

  it('without an id is not found by a token without one', async () => {
    answering({ kty: 'RSA', n: 'n', e: 'AQAB' });
    await expect(keys.find(URI, undefined)).rejects.toThrow(UNKNOWN);
  });
});

describe('an unknown key id', () => {
  it('causes at most one fetch a second, and is the caller’s fault', async () => {
    for (const kid of ['x', 'y', 'z']) await expect(keys.find(URI, kid)).rejects.toThrow(UNKNOWN);
    now += 999;
    await expect(keys.find(URI, 'x')).rejects.toThrow(UNKNOWN);
    expect(fetched).toHaveLength(1);
    now += 1;
    await expect(keys.find(URI, 'x')).rejects.toThrow(UNKNOWN);
    expect(fetched).toHaveLength(2);
  });

  it('is nobody’s fault while the keys cannot be fetched, and known keys go on', async () => {
    await keys.find(URI, 'a');
    now += 1_000;
    failing();
    await expect(keys.find(URI, 'x')).rejects.toThrow(UNREACHABLE);
    await expect(keys.find(URI, 'y')).rejects.toThrow(UNREACHABLE);
    expect(fetched).toHaveLength(2);
    expect(await keys.find(URI, 'a')).toBeDefined();
    now += 1_000;
    answering(key('a'));
    await expect(keys.find(URI, 'x')).rejects.toThrow(UNKNOWN);
  });
});

describe('keys that could not be fetched', () => {
  it('are asked for again a second later, with the cause in the error', async () => {
    failing();
    await expect(keys.find(URI, 'a')).rejects.toMatchObject({
      message: UNREACHABLE,
      cause: new Error('no route to host'),
    });
    answering(key('a'));
    await expect(keys.find(URI, 'a')).rejects.toThrow(UNREACHABLE);
    now += 1_000;
    expect(await keys.find(URI, 'a')).toBeDefined();
  });

  it.each([
    ['not JSON', '<html>'],
    ['nothing', ''],
    ['no key for signatures', '{"keys":[]}'],
    ['no list', '{"keys":{}}'],
    ['a key that is none', '{"keys":[null]}'],
  ])('are also an answer that has %s', async (_, text) => {
    answer = () => text;
    await expect(keys.find(URI, 'a')).rejects.toThrow(UNREACHABLE);
  });

  it('also if the fetch throws at once', async () => {
    answer = () => {
      throw new Error('not even a promise');
    };
    await expect(keys.find(URI, 'a')).rejects.toThrow(UNREACHABLE);
    now += 1_000;
    answering(key('a'));
    expect(await keys.find(URI, 'a')).toBeDefined();
  });
});

describe('a removed key', () => {
  it('stops counting half an hour later if the issuer answers', async () => {
    await keys.find(URI, 'a');
    answering(key('b'));
    now += 30 * MINUTE - 1;
    expect(await keys.find(URI, 'a')).toBeDefined();
    now += 1;
    await expect(keys.find(URI, 'a')).rejects.toThrow(UNKNOWN);
  });

  it('stops counting within an hour, even if the issuer does not answer', async () => {
    await keys.find(URI, 'a');
    failing();
    for (now += 30 * MINUTE; now < NOW + 60 * MINUTE; now += 10_000) expect(await keys.find(URI, 'a')).toBeDefined();
    await expect(keys.find(URI, 'a')).rejects.toThrow(UNREACHABLE);
    // An old key is good enough not to ask for it more than once a minute.
    expect(fetched).toHaveLength(32);
  });
});

describe('what was verified', () => {
  it('is trusted for half an hour from the fetch on', async () => {
    await keys.find(URI, 'a');
    now += 10 * MINUTE;
    expect(keys.trustedUntil(URI)).toBe(NOW + 30 * MINUTE);
  });

  it('is trusted for another minute after a fetch that failed, and never past an hour', async () => {
    await keys.find(URI, 'a');
    failing();
    now += 40 * MINUTE;
    await keys.find(URI, 'a');
    expect(keys.trustedUntil(URI)).toBe(now + MINUTE);
    now = NOW + 59.5 * MINUTE;
    await keys.find(URI, 'a');
    expect(keys.trustedUntil(URI)).toBe(NOW + 60 * MINUTE);
  });

  it('is not trusted at all before the keys are there', () => {
    expect(keys.trustedUntil(URI)).toBe(Number.NEGATIVE_INFINITY);
  });

  it('is forgotten when the keys change, and only then', async () => {
    await keys.find(URI, 'a');
    expect(changes).toBe(1);
    now += 1_000;
    await keys.refresh(URI);
    expect(changes).toBe(1);
    now += 1_000;
    answering(key('a'), key('b'));
    await keys.refresh(URI);
    expect(changes).toBe(2);
    failing();
    await keys.refresh(URI);
    expect(changes).toBe(2);
  });
});
