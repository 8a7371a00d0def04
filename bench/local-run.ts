import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { readAssembly } from '../local/assembly';
import { EVENT_BUS_PATH } from '../local/event-bus';
import { environmentOf } from '../local/functions';
import { USER_POOL_PATH } from '../local/local-routes';
import { resolveTemplate, type Template } from '../local/template';
import type { Served, Taken } from './local-run-process';

export const QUIET_SDK = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };

/** Somebody who has signed in. */
export interface Person {
  readonly userId: string;
  readonly idToken: string;
  /** What the ID token says. */
  readonly claims: Readonly<Record<string, any>>;
}

export const USER_AGENT = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0';

/** A synthesized stack and its local run, in a process of its own: the issuer, the database and the API. */
export class LocalRun {
  private constructor(
    private readonly child: ChildProcess,
    private readonly template: Template,
    readonly served: Served,
  ) {}

  /** @param assembly the folder of the synthesized stack */
  static async start(assembly: string): Promise<LocalRun> {
    const child = fork(join(__dirname, 'local-run-process.ts'), [assembly], {
      execArgv: ['--import', 'tsx'],
      env: { ...process.env, ...QUIET_SDK },
    });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`The local run ended with code ${code}.`);
    });
    ended.catch(() => undefined);
    const [served] = (await Promise.race([once(child, 'message'), ended])) as [Served];
    const template = resolveTemplate(readAssembly(assembly), { issuer: `${served.url}${USER_POOL_PATH}` });
    return new LocalRun(child, template, served);
  }

  /** The names of the stack's functions, without the parts that each has. */
  functionNames(): string[] {
    return this.template.all('AWS::Lambda::Function').map(([, { FunctionName }]) => FunctionName.split('-')[1]);
  }

  /** A function's folder in the assembly, and the environment that Lambda would give it. */
  functionOf(name: string): { folder: string; environment: NodeJS.ProcessEnv } {
    const all = this.template.all('AWS::Lambda::Function').map(([, properties]) => properties);
    const found = all.find(({ FunctionName }) => FunctionName.split('-')[1] === name);
    if (!found) throw new Error(`The stack has no function ${name}.`);
    return {
      folder: this.template.assetPath(found.Code.S3Key),
      environment: environmentOf(found, {
        database: this.served.databaseEndpoint,
        eventBus: `${this.served.url}${EVENT_BUS_PATH}`,
      }),
    };
  }

  async signIn(username: string): Promise<Person> {
    const { userId, idToken } = await this.send(`${this.served.url}/_local/sign-in`, { body: { username } });
    return { userId, idToken, claims: JSON.parse(Buffer.from(idToken.split('.')[1], 'base64url').toString()) };
  }

  /** Signs in, and registers the session. */
  async register(username: string): Promise<Person> {
    const person = await this.signIn(username);
    const { userId, idToken } = person;
    await this.send(`${this.served.apiUrl}users/${userId}/sessions`, { idToken, body: { userAgent: USER_AGENT } });
    return person;
  }

  /** CPU time that the process has taken so far, milliseconds. */
  async cpuMs(): Promise<number> {
    this.child.send('cpu');
    const [{ cpuMs }] = (await once(this.child, 'message')) as [Taken];
    return cpuMs;
  }

  close(): void {
    this.child.kill();
  }

  private async send(url: string, { idToken, body }: { idToken?: string; body: object }): Promise<any> {
    const headers = { 'content-type': 'application/json', 'user-agent': USER_AGENT };
    const reply = await fetch(url, {
      method: 'POST',
      headers: { ...headers, ...(idToken && { authorization: `Bearer ${idToken}` }) },
      body: JSON.stringify(body),
    });
    if (!reply.ok) throw new Error(`${url} answered ${reply.status}: ${await reply.text()}`);
    return reply.json();
  }
}
