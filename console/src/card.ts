import type { Session } from '../../client';
import { confirmation } from './confirmation';
import { h, setAttribute, setText } from './dom';
import { type IconName, icon } from './icons';
import { shortened } from './text';
import { ago, countryName, dayAndTime, exactTime } from './times';
import { words } from './words';

export interface Card {
  readonly element: HTMLElement;
  /** "Firefox on Windows". */
  readonly device: string;
  /** The same for sessions that people cannot tell apart, but by their times. */
  readonly looks: string;
  readonly update: (session: Session, now: number) => void;
}

export interface CardOptions {
  readonly end: () => Promise<void>;
  readonly explain: (error: unknown) => string;
}

// What the API says where it does not know.
const UNKNOWN_BROWSER = 'Unknown browser';
const UNKNOWN_SYSTEM = 'Unknown system';
/** In characters. Devices, addresses and places come from the client, or from who knows where. */
const LONGEST = { device: 60, userAgent: 200, place: 60 };

/** "Firefox on Windows"; what is not known of a device is left out. */
export function deviceName({ device: { browser, os } }: Session): string {
  if (os !== UNKNOWN_SYSTEM) return shortened(words.session.device(browser, os), LONGEST.device);
  return browser === UNKNOWN_BROWSER ? words.session.unknownDevice : shortened(browser, LONGEST.device);
}

/** A session as a card. What is new is written into it, so that a focus or an open question stays. */
export function sessionCard(session: Session, { end, explain }: CardOptions): Card {
  const { device, isCurrent, userAgent } = session;
  const name = deviceName(session);
  const active = h('time');
  const signedIn = h('time');
  const element = h(
    'li',
    { class: isCurrent ? 'card current' : 'card', 'data-session': session.id },
    h(
      'div',
      { class: 'tile', 'aria-hidden': 'true' },
      icon(iconOf(device.type)),
      device.browser !== UNKNOWN_BROWSER && h('span', { class: 'initial' }, device.browser.charAt(0)),
    ),
    h(
      'div',
      { class: 'card-head' },
      h('h3', {}, name),
      isCurrent && h('span', { class: 'badge' }, words.session.isThis),
    ),
    h(
      'dl',
      { class: 'facts' },
      fact(words.session.active, active),
      fact(words.session.signedIn, signedIn),
      fact(words.session.from, ...placeOf(session)),
      device.browser === UNKNOWN_BROWSER &&
        userAgent !== '' &&
        fact(words.session.userAgent, h('bdi', { class: 'raw' }, shortened(userAgent, LONGEST.userAgent))),
    ),
    !isCurrent &&
      confirmation({
        words: {
          trigger: words.session.end,
          triggerName: words.session.endNamed(name),
          question: words.session.ask,
          consequence: words.session.askMore,
          confirm: words.session.confirm,
          keep: words.session.keep,
        },
        run: end,
        explain,
      }).element,
  );
  return {
    element,
    device: name,
    looks: JSON.stringify([name, userAgent, session.ipAddress, session.location]),
    update,
  };

  function update({ lastActivity, loginTime }: Session, now: number): void {
    setTime(active, lastActivity, isCurrent ? words.session.activeNow : ago(lastActivity, now));
    setTime(signedIn, loginTime, dayAndTime(loginTime, now));
  }
}

/** A group of its own, so that label and value stay together whatever the width. */
export const fact = (label: string, ...value: (Node | string)[]): HTMLElement =>
  h('div', {}, h('dt', {}, label), h('dd', {}, ...value));

/** Writes a time in words, with the exact one to point at. */
export function setTime(element: HTMLTimeElement, time: string, text: string): void {
  setText(element, text);
  setAttribute(element, 'datetime', time);
  setAttribute(element, 'title', exactTime(time));
}

function placeOf({ location, ipAddress }: Session): Node[] {
  const address = h('span', { class: location && 'second' }, shortened(ipAddress, LONGEST.place));
  if (!location) return [address];
  const place = [location.city, countryName(location.country)].filter(Boolean).join(', ');
  return [h('bdi', {}, shortened(place, LONGEST.place)), address];
}

const iconOf = (type: string): IconName =>
  type === 'desktop' || type === 'mobile' || type === 'tablet' || type === 'tv' || type === 'bot' ? type : 'unknown';
