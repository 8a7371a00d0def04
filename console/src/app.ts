import { createSessionClient } from '../../client';
import { cleanupsView } from './cleanups-view';
import type { Config } from './config';
import { focusOn, h, setAttribute, setText } from './dom';
import { icon } from './icons';
import { identityFor } from './identity';
import type { View } from './live';
import { lookUp } from './look-up';
import { PartlyEnded } from './problem';
import { sessionsView } from './sessions-view';
import { type Notice, signInView } from './sign-in-view';
import { forgetTokens, keepTokens, type Person, personOf, storedTokens, type Tokens } from './tokens';
import { words } from './words';

const { notices } = words;
const NOTICES = {
  ended: { tone: 'warning', title: notices.ended, more: notices.endedMore, again: true },
  expired: { tone: 'warning', title: notices.expired, more: notices.expiredMore, again: true },
  signedOut: { tone: 'calm', title: notices.signedOut, more: notices.signedOutMore },
  signedOutEverywhere: { tone: 'calm', title: notices.signedOutEverywhere, more: notices.signedOutEverywhereMore },
  signedOutHere: { tone: 'calm', title: notices.signedOutHere, more: notices.signedOutHereMore },
} satisfies Record<string, Notice>;

const CLEANUPS_ROUTE = '#/cleanups';
const USER_ROUTE = /^#\/users\/(.+)$/;

/** The page: signed out, or signed in with one view. */
export async function startApp(root: HTMLElement, config: Config): Promise<void> {
  const identity = identityFor(config);
  try {
    const tokens = (await identity.comeBack()) ?? storedTokens();
    if (tokens) signedIn(tokens);
    else signedOut();
  } catch {
    signedOut({ tone: 'warning', title: words.signIn.failed, more: '' });
  }

  function signedOut(notice?: Notice): void {
    forgetTokens();
    document.title = words.signIn.title;
    const { element, focus } = signInView({ identity, notice, onSignedIn: signedIn });
    root.replaceChildren(h('main', { class: 'page narrow' }, element));
    scrollTo(0, 0);
    focus();
  }

  function signedIn(tokens: Tokens): void {
    const person = personOf(tokens, config);
    const kept = keepTokens(tokens, identity.refresh);
    const client = createSessionClient({
      baseUrl: config.apiUrl,
      token: kept.accessToken,
      userId: person.userId,
      onSessionEnded: () => leave(NOTICES.ended),
    });
    const main = h('main', { class: 'page' });
    let view: View | undefined;
    let left = false;
    let registering: Promise<unknown> | undefined;
    const toCleanups = person.isAdmin && h('a', { class: 'nav', href: CLEANUPS_ROUTE }, words.cleanups.title);
    root.replaceChildren(header(person, toCleanups, signOut), main, footer(person));
    window.addEventListener('hashchange', showView);
    showView();

    function showView(): void {
      view?.stop();
      const context = { client, register, onExpired: () => leave(NOTICES.expired) };
      const named = userInHash();
      const userId = named === person.userId ? undefined : named;
      // Whoever asks: the API answers those who may not see them, and the page says so.
      const atCleanups = location.hash === CLEANUPS_ROUTE;
      if (toCleanups) setAttribute(toCleanups, 'aria-current', atCleanups && 'page');
      const show = (id: string) => location.assign(`#/users/${encodeURIComponent(id)}`);
      const tools = person.isAdmin && lookUp(userId, client.findUsers, show);
      view = atCleanups
        ? cleanupsView({ ...context, ownId: person.userId, cleanupLog: config.cleanupLog })
        : sessionsView({
            ...context,
            ownId: person.userId,
            userId,
            tools: tools || undefined,
            signOutEverywhere,
          });
      const back =
        (atCleanups || userId !== undefined) && h('a', { class: 'back', href: '#/' }, icon('back'), words.user.back);
      main.replaceChildren(...(back ? [back] : []), view.element);
      document.title = view.heading.textContent ?? '';
      // Where the page before was scrolled to says nothing about this one.
      scrollTo(0, 0);
      focusOn(view.heading);
    }

    function register(): Promise<unknown> {
      registering ??= client.register().catch((error: unknown) => {
        registering = undefined;
        throw error;
      });
      return registering;
    }

    async function signOut(): Promise<void> {
      left = true;
      stop();
      const { ended } = await client.logout({ clear: forgetTokens });
      await goodbye(ended ? NOTICES.signedOut : NOTICES.signedOutHere);
    }

    async function signOutEverywhere(): Promise<void> {
      const outcome = await client.logout({ everywhere: true, clear: forgetTokens });
      if (!outcome.ended) {
        throw outcome.deletedSessions ? new PartlyEnded(outcome.deletedSessions, outcome.error) : outcome.error;
      }
      left = true;
      stop();
      await goodbye(NOTICES.signedOutEverywhere);
    }

    async function goodbye(notice: Notice): Promise<void> {
      // Last: the session could not be ended with a token that can no longer be renewed. It opens nothing here any more.
      await identity.revoke(kept.latest()).catch(() => undefined);
      if (!identity.signOut()) signedOut(notice);
    }

    function leave(notice: Notice): void {
      if (left) return;
      left = true;
      stop();
      signedOut(notice);
    }

    function stop(): void {
      view?.stop();
      window.removeEventListener('hashchange', showView);
    }
  }
}

function header(person: Person, nav: HTMLElement | false, signOut: () => Promise<void>): HTMLElement {
  const button = h(
    'button',
    { class: 'button quiet', type: 'button', onclick: () => void leave() },
    words.account.signOut,
  );
  let leaving = false;
  return h(
    'header',
    { class: 'bar-top' },
    h(
      'div',
      { class: 'bar-inner' },
      h(
        'a',
        { class: 'product', href: '#/' },
        h('span', { class: 'mark small' }, icon('shield')),
        h('span', { class: 'product-name' }, words.product),
      ),
      nav,
      h(
        'div',
        { class: 'account' },
        h('bdi', { class: 'account-name' }, person.name),
        person.isAdmin && h('span', { class: 'badge plain' }, words.account.admin),
        button,
      ),
    ),
  );

  async function leave(): Promise<void> {
    if (leaving) return;
    leaving = true;
    setAttribute(button, 'aria-disabled', 'true');
    setText(button, words.account.signingOut);
    await signOut();
  }
}

const footer = ({ userId }: Person): HTMLElement =>
  h('footer', { class: 'page foot' }, h('span', {}, words.account.userId), ' ', h('code', {}, h('bdi', {}, userId)));

function userInHash(): string | undefined {
  const found = USER_ROUTE.exec(location.hash)?.[1];
  try {
    return found && decodeURIComponent(found);
  } catch {
    return undefined;
  }
}
