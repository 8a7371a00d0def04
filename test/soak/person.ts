import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { Device, type Reply, send } from '../support/api';
import { HOUR, iso } from '../support/sessions';
import { type Answer, type Arguments, NotSent, type Recorder, type What } from './history';
import type { Place } from './local-run';

/** Where a person acts. */
export interface Scene {
  readonly stage: string;
  readonly place: Place;
  readonly recorder: Recorder;
  readonly database: DynamoDBClient;
  /** Resolves when the local run can be reached. */
  readonly up: () => Promise<void>;
  readonly random: () => number;
}

interface Held {
  readonly device: Device;
  readonly signIn: string;
  /** Whether its session seems to be there. Only to choose what is worth doing: nothing is concluded from it. */
  isLive: boolean;
}

/** Sign-ins that a person still uses. Older ones are used again in the end. */
const RECENT = 8;
/** The share of requests whose answer is not waited for: to the one who sent them it is lost. */
const IMPATIENCE = 0.03;

/** A person with some devices. Several of the person's hands may act at once. */
export class Person {
  private readonly held: Held[] = [];

  constructor(
    private readonly scene: Scene,
    private readonly user: string,
  ) {}

  /** Does something at random. */
  async act(): Promise<void> {
    const { random } = this.scene;
    const recent = this.held.slice(-RECENT);
    const live = recent.filter(({ isLive }) => isLive);
    const one = this.pick(live.length > 0 && random() < 0.9 ? live : recent);
    const other = this.pick(recent);
    const dice = random();
    if (!one || !other || dice < 0.12 || (live.length === 0 && dice < 0.6)) return this.signIn();
    if (dice < 0.28) return this.register(random() < 0.5 ? one : other);
    if (dice < 0.62) return this.list(one);
    if (dice < 0.66) return this.refresh(one);
    if (dice < 0.78) return this.end(one, other);
    if (dice < 0.82) return this.endOthers(one);
    if (dice < 0.9) return this.logOut(one);
    if (dice < 0.94) return this.endFromOutside(one);
    return this.makeIdle(one);
  }

  /** Looks once more at everything there ever was. */
  async lookBack(): Promise<void> {
    for (const held of this.held) {
      await this.list(held);
      await this.register(held);
      await this.list(held);
    }
  }

  private async signIn(): Promise<void> {
    let device: Device | undefined;
    const answer = await this.do('sign-in', {}, async () => {
      device = await Device.signIn(this.scene.place, this.user);
      return { status: 200, signIn: device.signInId, signedInAt: device.claims.auth_time };
    });
    if (!device || answer?.signIn === undefined) return;
    const held = { device, signIn: answer.signIn, isLive: true };
    this.held.push(held);
    // Some clients register in two places at once.
    const twice = this.scene.random() < 0.4;
    await Promise.all([this.register(held), twice && this.register(held)]);
  }

  private async refresh({ device, signIn }: Held): Promise<void> {
    await this.do('refresh', { signIn }, async () => {
      await device.refresh();
      return { status: 200, signIn: device.signInId };
    });
  }

  private async register(held: Held): Promise<void> {
    await this.request('register', held, {}, () => held.device.register());
  }

  private async list(held: Held): Promise<void> {
    const answer = await this.request('list', held, {}, () => held.device.list());
    if (answer?.status !== 200 || answer.more) return;
    for (const one of this.held) one.isLive = answer.ids?.includes(one.signIn) ?? false;
  }

  private async end(by: Held, { signIn: target }: Held): Promise<void> {
    const answer = await this.request('end', by, { target }, () => by.device.end(target));
    if (answer?.status === 200) this.forget([target]);
  }

  private async endOthers(by: Held): Promise<void> {
    const answer = await this.request('end-others', by, {}, () => by.device.endOthers());
    this.forget(answer?.ids ?? []);
  }

  private forget(ended: readonly string[]): void {
    for (const held of this.held) if (ended.includes(held.signIn)) held.isLive = false;
  }

  private async logOut(held: Held): Promise<void> {
    await this.request('log-out', held, {}, () => held.device.logOut());
    held.isLive = false;
  }

  /** By an event of some seconds ago about a call of Cognito's, or by a request to end the sessions now. */
  private async endFromOutside({ device: { userId } }: Held): Promise<void> {
    const { place, random } = this.scene;
    const [, userEvents, endRequests] = place.ruleNames;
    const now = Math.floor(Date.now() / 1_000);
    const isCall = random() < 0.5;
    const at = now - Math.floor(random() * 4);
    const detail = isCall
      ? {
          eventSource: 'cognito-idp.amazonaws.com',
          eventName: 'AdminUserGlobalSignOut',
          eventTime: iso(at * 1_000),
          additionalEventData: { sub: userId },
        }
      : { userId };
    // The local run gives the other event its time when it is asked to.
    const eventTime = isCall ? { earliest: at, latest: at } : { earliest: now, latest: now + 60 };
    await this.do('outside-end', { eventTime }, () => fire(place, (isCall ? userEvents : endRequests) ?? '', detail));
    // Those that are newer show in the next list.
    for (const held of this.held) held.isLive = false;
  }

  /** Puts the last activity so far back that the session is over. */
  private async makeIdle(held: Held): Promise<void> {
    const { database, place } = this.scene;
    const target = held.signIn;
    await this.do('make-idle', { target }, async () => {
      const update = new UpdateItemCommand({
        TableName: place.sessionsTable,
        Key: { sessionId: { S: target } },
        UpdateExpression: 'SET lastActivity = :before',
        ConditionExpression: 'attribute_exists(sessionId)',
        ExpressionAttributeValues: { ':before': { S: iso(Date.now() - 9 * HOUR) } },
      });
      return database.send(update).then(
        () => ({ status: 200 }),
        (error) => {
          if (error.name === 'ConditionalCheckFailedException') return { status: 404 };
          throw error;
        },
      );
    });
    held.isLive = false;
  }

  /** A request to the API with the token of a sign-in. */
  private async request(
    what: What,
    held: Held,
    args: Partial<Arguments>,
    call: () => Promise<Reply>,
  ): Promise<Answer | undefined> {
    const answer = await this.do(what, { signIn: held.signIn, ...args }, async () => answerOf(await call()));
    if (answer?.status === 401) held.isLive = false;
    return answer;
  }

  private async do(what: What, args: Partial<Arguments>, run: () => Promise<Answer>): Promise<Answer | undefined> {
    const { up, recorder, stage, random } = this.scene;
    await up();
    return recorder.operation(what, { stage, user: this.user, ...args }, () => {
      const answer = answered(run);
      if (what === 'sign-in' || random() >= IMPATIENCE) return answer;
      answer.catch(() => undefined);
      return Promise.race([answer, sleep(random() * 30, undefined)]);
    });
  }

  private pick<T>(all: readonly T[]): T | undefined {
    return all[Math.floor(this.scene.random() * all.length)];
  }
}

/** Fires a rule of the local run. */
export async function fire({ url }: Place, rule: string, detail: object): Promise<Answer> {
  const { status } = await send(`${url}/_local/events/${rule}`, { method: 'POST', body: detail });
  return { status };
}

function answerOf({ status, body }: Reply): Answer {
  // What the local run says until its functions are up: nothing of the backend has seen the request.
  if (status === 503 && typeof body.error === 'string') throw new NotSent();
  const { data, error } = body;
  const { code, details } = error ?? {};
  if (Array.isArray(data)) return { status, ids: data.map(({ id }) => id), more: body.nextCursor !== undefined };
  const { sessionIds, sessionId, remaining } = data ?? {};
  return { status, code, reason: details?.reason, ids: sessionIds ?? (sessionId && [sessionId]), more: remaining };
}

/** Undefined if no answer came. */
export async function answered(run: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof NotSent) throw error;
    const { code, message } = error as { code?: unknown; message: string };
    if (code === 'ECONNREFUSED') throw new NotSent();
    if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) return undefined;
    return { status: 0, problem: message };
  }
}
