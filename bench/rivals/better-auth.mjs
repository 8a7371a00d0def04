// better-auth's own HTTP handler, as its documentation sets it up. Plain JavaScript, because its types are not installed
// with the project.
import { createHmac, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { getMigrations } from 'better-auth/db/migration';

const URL = 'http://127.0.0.1:3000';
const SECRET = 'a secret of the bench, longer than thirty-two characters';
const EACH = 60 * 60 * 24 * 7;

/** @param {{ folder?: string, sessions: number, userAgent: string }} settings a folder for a database; without one, memory */
export async function open({ folder, sessions, userAgent }) {
  const options = {
    secret: SECRET,
    baseURL: URL,
    database: await databaseIn(folder),
    session: { expiresIn: EACH },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { level: 'error' },
  };
  if (folder) await (await getMigrations(options)).runMigrations();
  const auth = betterAuth(options);
  const { internalAdapter, authCookies } = await auth.$context;
  const cookieOf = ({ token }) => {
    const signature = createHmac('sha256', SECRET).update(token).digest('base64');
    return `${authCookies.sessionToken.name}=${encodeURIComponent(`${token}.${signature}`)}`;
  };

  async function someone() {
    const user = await internalAdapter.createUser({ email: `${randomUUID()}@example.com`, name: 'Ada' });
    const all = [];
    for (let n = 0; n < sessions; n++) {
      all.push(await internalAdapter.createSession(user.id, false, { userAgent, ipAddress: '127.0.0.1' }));
    }
    return { cookie: cookieOf(all[0]), other: all[1].token };
  }

  const requestOf = {
    list: () => ({ method: 'GET', path: '/list-sessions', isRight: ({ length }) => length === sessions }),
    'end one': ({ other: token }) => ({ path: '/revoke-session', body: { token }, isRight: ({ status }) => status }),
    'log out': () => ({ path: '/sign-out', body: {}, isRight: ({ success }) => success }),
  };

  return {
    async prepare(operation, count) {
      const people = [];
      // A list is asked for again and again; a session is ended once.
      for (let n = 0; n < (operation === 'list' ? 1 : count); n++) people.push(await someone());
      return Array.from({ length: count }, (_, n) => people[n % people.length]);
    },
    async serve(operation, ask) {
      const { method = 'POST', path, body, isRight } = requestOf[operation](ask);
      const headers = { cookie: ask.cookie, origin: URL, 'user-agent': userAgent };
      const request = new Request(`${URL}/api/auth${path}`, {
        method,
        headers: body ? { ...headers, 'content-type': 'application/json' } : headers,
        body: body && JSON.stringify(body),
      });
      const answer = await auth.handler(request);
      const answered = await answer.json();
      if (!answer.ok || !isRight(answered)) {
        throw new Error(`${operation} answered ${answer.status}: ${JSON.stringify(answered)}`);
      }
    },
  };
}

async function databaseIn(folder) {
  if (!folder) return memoryAdapter({ user: [], session: [], account: [], verification: [] });
  const { default: Database } = await import('better-sqlite3');
  const database = new Database(join(folder, `better-auth-${randomUUID()}.db`));
  database.pragma('journal_mode = WAL');
  return database;
}
