import { setTimeout as sleep } from 'node:timers/promises';
import { Device, type Reply } from '../support/api';
import type { Place } from './local-run';

/**
 * What was acknowledged of a device's session: `unsure` where a request failed that may have been carried out. What
 * is `ended` stays so: from then on no token of it may be accepted.
 */
type State = 'signed in' | 'registered' | 'unsure' | 'ended';

interface Held {
  readonly device: Device;
  state: State;
  /** Whether a registration of it has failed: then it may be refused for good. */
  mayBeRefused: boolean;
}

/** Told of what happens, and of what must not. */
export interface Book {
  readonly count: (what: string) => void;
  readonly violation: (what: string) => void;
}

const MOST_DEVICES = 5;

/** A person with some devices, who does one thing after the other and remembers what was acknowledged. */
export class Person {
  readonly held: Held[] = [];

  constructor(
    private readonly place: Place,
    private readonly username: string,
    readonly book: Book,
  ) {}

  /** Does something at random. */
  async act(random: () => number = Math.random): Promise<void> {
    const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];
    const present = this.held.filter(({ state }) => state !== 'ended');
    const one = pick(this.held);
    const registered = pick(this.held.filter(({ state }) => state === 'registered'));
    const dice = random();
    if (present.length === 0 || (dice < 0.2 && present.length < MOST_DEVICES)) return this.signIn();
    if (!one) return;
    if (dice < 0.35) return this.register(one);
    if (dice < 0.75) return this.use(one);
    if (dice < 0.8)
      return this.attempt('refresh', () => one.device.refresh().then(() => undefined)).then(() => undefined);
    if (dice < 0.9) return registered && this.end(registered, one);
    if (dice < 0.94) return registered && this.endOthers(registered);
    return this.logOut(one);
  }

  private async signIn(): Promise<void> {
    const place = this.place as Parameters<typeof Device.signIn>[0];
    const device = await this.attempt('sign in', () => Device.signIn(place, this.username));
    if (!device) return;
    const held: Held = { device, state: 'signed in', mayBeRefused: false };
    this.held.push(held);
    await this.register(held);
  }

  async register(held: Held): Promise<void> {
    const before = held.state;
    const reply = await this.request('register', () => held.device.register());
    if (reply?.status === 201 || reply?.status === 200) {
      if (before === 'ended') this.book.violation('a sign-in whose session had ended registered again');
      if (before === 'registered' && reply.status === 201) this.book.violation('a registered sign-in registered anew');
      held.state = before === 'ended' ? 'ended' : 'registered';
    } else if (reply?.status === 401) {
      const allowed = before === 'ended' || before === 'unsure' || held.mayBeRefused;
      if (!allowed) this.book.violation(`registering was refused: ${JSON.stringify(reply.body)}`);
      held.state = 'ended';
    } else {
      held.mayBeRefused = true;
      if (before === 'signed in') held.state = 'unsure';
    }
  }

  async use(held: Held): Promise<void> {
    const before = held.state;
    const reply = await this.request('list', () => held.device.list());
    if (reply?.status === 200) {
      if (before === 'ended') this.book.violation('a token was accepted after its session had ended');
      if (before === 'signed in') this.book.violation('a token without a session was accepted');
      const listed = new Set<string>(reply.body.data.map(({ id }: { id: string }) => id));
      for (const { device, state } of this.held) {
        if (state === 'registered' && !listed.has(device.signInId)) this.book.violation('a session is not listed');
        if (state === 'ended' && listed.has(device.signInId)) this.book.violation('an ended session is listed');
      }
    } else if (reply?.status === 401 && before === 'registered') {
      this.book.violation(`a registered session is gone: ${JSON.stringify(reply.body)}`);
    }
  }

  private async end(by: Held, held: Held): Promise<void> {
    const before = held.state;
    const reply = await this.request('end', () => by.device.end(held.device.signInId));
    if (reply?.status === 200) {
      if (before === 'ended' || before === 'signed in') this.book.violation('a session was ended that there was not');
      held.state = 'ended';
    } else if (reply?.status === 404) {
      if (before === 'registered') this.book.violation('a registered session was not found');
    } else if (reply?.status !== 400 && before === 'registered') held.state = 'unsure';
  }

  private async endOthers(by: Held): Promise<void> {
    const reply = await this.request('end others', () => by.device.endOthers());
    const ended = new Set<string>(reply?.status === 200 ? reply.body.data.sessionIds : []);
    for (const held of this.held) {
      if (held === by) continue;
      if (ended.has(held.device.signInId)) held.state = 'ended';
      else if (held.state === 'registered' && reply?.status === 200) this.book.violation('a session was spared');
      else if (held.state === 'registered') held.state = 'unsure';
    }
  }

  private async logOut(held: Held): Promise<void> {
    const reply = await this.request('log out', () => held.device.logOut());
    const named = reply?.status === 200 && reply.body.data.sessionId === held.device.signInId;
    if (held.state === 'registered' && reply?.status === 200 && !named) this.book.violation('a logout ended nothing');
    if (named || (held.state === 'registered' && reply?.status === 200)) held.state = 'ended';
    else if (held.state === 'registered') held.state = 'unsure';
  }

  /** Undefined where no answer came, or one that says nothing of what was done. */
  private async request(what: string, send: () => Promise<Reply>): Promise<Reply | undefined> {
    const reply = await this.attempt(what, send);
    if (!reply) return undefined;
    // What the local run says until its functions are up; nothing of the backend has seen the request.
    if (reply.status === 503 && typeof reply.body.error === 'string') return undefined;
    this.book.count(`${what}: ${reply.status}`);
    if (reply.status === 503 && reply.headers['retry-after']) return undefined;
    if (reply.status >= 500) this.book.violation(`${what} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
    return reply;
  }

  private async attempt<T>(what: string, run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await run();
    } catch {
      // The run was killed, or is not up again.
      this.book.count(`${what}: no answer`);
      await sleep(200);
      return undefined;
    }
  }
}
