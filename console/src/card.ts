import type { Session } from '../../client';
import { confirmation } from './confirmation';
import { h, setAttribute, setText } from './dom';
import { type IconName, icon } from './icons';
import { shortened } from './text';
import { ago, countryName, dayAndTime, exactTime } from './times';
import { words } from './words';

export interface Card {
  readonly element: HTMLElement;
  /** "Work laptop", or "Firefox on Windows". */
  readonly device: string;
  /** The same for sessions that people cannot tell apart, but by their times. */
  readonly looks: () => string;
  readonly update: (session: Session, now: number) => void;
}

export interface CardOptions {
  /** Whether it was not there when the person looked last. */
  readonly isNew: (session: Session) => boolean;
  readonly end: () => Promise<void>;
  readonly explain: (error: unknown) => string;
}

// What the API says where it does not know.
const UNKNOWN_BROWSER = 'Unknown browser';
const UNKNOWN_SYSTEM = 'Unknown system';
/** In characters. Devices, addresses and places come from the client, or from who knows where. */
const LONGEST = { device: 60, userAgent: 200, place: 60 };

/** What people know the device by: its name if it was given one. */
export const deviceName = ({ device }: Session): string =>
  shortened(device.name ?? '', LONGEST.device) || kindOfDevice(device);

/** "Firefox on Windows"; what is not known of a device is left out. */
function kindOfDevice({ browser, os }: Session['device']): string {
  const known = [browser, os].filter((name) => name !== UNKNOWN_BROWSER && name !== UNKNOWN_SYSTEM);
  if (known.length < 2) return shortened(known[0] ?? words.session.unknownDevice, LONGEST.device);
  return shortened(words.session.device(browser, os), LONGEST.device);
}

/** A session as a card. What is new is written into it, so that a focus or an open question stays. */
export function sessionCard(session: Session, { end, explain, isNew }: CardOptions): Card {
  const { device, isCurrent, userAgent } = session;
  const name = deviceName(session);
  const kind = kindOfDevice(device);
  const active = h('time');
  const signedIn = h('time');
  const from = fact(words.session.from);
  const newMark = h('span', { class: 'badge new' }, words.session.isNew);
  let looks = '';
  const element = h(
    'li',
    { class: isCurrent ? 'card current' : 'card', 'data-session': session.id },
    h(
      'div',
      { class: 'tile', 'aria-hidden': 'true' },
      icon(iconOf(device.type)),
      device.browser !== UNKNOWN_BROWSER && h('span', { class: 'initial' }, [...device.browser][0]),
    ),
    h(
      'div',
      { class: 'card-head' },
      h('h3', {}, h('bdi', {}, name)),
      isCurrent && h('span', { class: 'badge' }, words.session.isThis),
      newMark,
      kind !== name && h('p', { class: 'kind' }, h('bdi', {}, kind)),
    ),
    h(
      'dl',
      { class: 'facts' },
      fact(words.session.active, active),
      fact(words.session.signedIn, signedIn),
      from,
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
    looks: () => looks,
    update,
  };

  function update(latest: Session, now: number): void {
    const { lastActivity, loginTime, ipAddress, lastIpAddress, location } = latest;
    setTime(active, lastActivity, isCurrent ? words.session.activeNow : ago(lastActivity, now));
    setTime(signedIn, loginTime, dayAndTime(loginTime, now));
    newMark.hidden = !isNew(latest);
    const before = looks;
    looks = JSON.stringify([name, userAgent, ipAddress, lastIpAddress, location, newMark.hidden]);
    if (looks !== before) from.lastElementChild?.replaceChildren(...placeOf(latest));
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

/** Where the session was used last, and from which address it was signed in, if that was another one. */
function placeOf({ location, ipAddress, lastIpAddress }: Session): Node[] {
  const place = location && [location.city, countryName(location.country)].filter(Boolean).join(', ');
  const address = h('span', { class: place && 'second' }, shortened(lastIpAddress, LONGEST.place));
  const signedInFrom = words.session.signedInFrom(shortened(ipAddress, LONGEST.place));
  return [
    ...(place ? [h('bdi', {}, shortened(place, LONGEST.place))] : []),
    address,
    ...(ipAddress === lastIpAddress ? [] : [h('span', { class: 'second' }, signedInFrom)]),
  ];
}

const iconOf = (type: string): IconName =>
  type === 'desktop' || type === 'mobile' || type === 'tablet' || type === 'tv' || type === 'bot' ? type : 'unknown';
