import type { EndedSessions, Session, SessionClient } from '../../client';
import { banner } from './banner';
import { deviceName } from './card';
import { confirmation } from './confirmation';
import { announce, focusOn, h, setText } from './dom';
import { type LiveContext, startLive, type View } from './live';
import { emptyState, skeleton } from './placeholders';
import { PartlyEnded, whyNotEnded } from './problem';
import { type SeenSessions, seenSessions } from './seen';
import { sessionList } from './session-list';
import { words } from './words';

export interface SessionsViewOptions extends LiveContext {
  readonly client: SessionClient;
  /** Who is signed in. */
  readonly ownId: string;
  /** Another user, whom an admin looks at. */
  readonly userId?: string;
  /** Above the list: the search, for an admin. */
  readonly tools?: HTMLElement;
  /** Ends all of one's own sessions, and leaves the page. @throws what kept it from that */
  readonly signOutEverywhere: () => Promise<void>;
}

/** How many sessions are shown until more are asked for. */
const STEP = 50;

/** A user's sessions, live. */
export function sessionsView(options: SessionsViewOptions): View {
  const { client, ownId, userId, tools, signOutEverywhere, ...context } = options;
  const own = userId === undefined;
  const text = own ? words.own : words.user;
  const heading = h('h1', {}, text.title);
  const listTitle = own ? words.own.others : words.user.sessions;
  const title = h('h2', {}, listTitle);
  const none = emptyState(text.none, text.noneMore, own ? 'check' : 'unknown');
  const noneLeft = own ? none : emptyState(words.user.noneLeft, words.user.noneLeftMore);
  /** What a person has done here, where nothing is left to see of it. */
  const done = h('div', { role: 'status' });
  const more = h('button', { class: 'button quiet more', type: 'button', onclick: showMore }, words.session.more);
  const optionsFor = (session: Session) => ({ end: () => end(session), explain: whyNotEnded, isNew });
  const focusTitle = () => focusOn(title);
  const current = sessionList(words.own.current, optionsFor, focusTitle);
  const others = sessionList(listTitle, optionsFor, focusTitle);
  const endAllWords = (count?: number) => ({
    trigger: text.endAll(count),
    question: text.endAllAsk(count),
    consequence: text.endAllMore,
    confirm: text.endAll(count),
    keep: text.keepAll,
  });
  const endAll = confirmation({ words: endAllWords(), run: endOthers, explain: whyNotEnded });
  const everywhere = confirmation({
    words: {
      trigger: words.own.everywhere,
      question: words.own.everywhereAsk,
      consequence: words.own.everywhereMore,
      confirm: words.own.everywhere,
      keep: words.own.keepEverywhere,
    },
    run: signOutEverywhere,
    explain: whyNotEnded,
  });
  const lists = h('div', { class: 'lists' }, skeleton(words.announce.loading));
  lists.setAttribute('aria-busy', 'true');

  /** Ended here: an answer that was on its way meanwhile may still show them. */
  const ended = new Set<string>();
  let shown: Session[] | undefined;
  let seen: SeenSessions | undefined;
  let limit = STEP;
  /** An id that has no sessions may be mistyped; one that had some is not. */
  let hadAny = false;

  const live = startLive({
    ...context,
    load,
    show,
    problems: words.problems,
    showNothing() {
      lists.replaceChildren();
      lists.removeAttribute('aria-busy');
    },
  });
  return {
    heading,
    element: h(
      'div',
      {},
      h('div', { class: 'lead' }, heading, h('p', {}, text.lead), own ? false : who()),
      tools,
      live.problem,
      done,
      lists,
    ),
    stop: live.stop,
  };

  function who(): HTMLElement {
    return h(
      'p',
      { class: 'who' },
      h('span', { class: 'muted' }, words.lookUp.userId),
      ' ',
      h('code', {}, h('bdi', {}, userId)),
    );
  }

  async function load(signal: AbortSignal, passive: boolean): Promise<Session[]> {
    const found: Session[] = [];
    for await (const session of client.listAll({ userId, signal, passive })) {
      if (found.push(session) > limit) break;
    }
    return found;
  }

  function show(found: readonly Session[]): boolean {
    const now = Date.now();
    const first = shown === undefined;
    shown = found.slice(0, limit).filter(({ id }) => !ended.has(id));
    remember(found);
    const changes = [
      current.show(
        shown.filter(({ isCurrent }) => isCurrent),
        now,
      ),
      others.show(
        shown.filter(({ isCurrent }) => !isCurrent),
        now,
      ),
    ];
    more.hidden = found.length <= limit;
    if (first) arrange();
    settle();
    const added = changes.flatMap((change) => change.added);
    const gone = changes.flatMap((change) => change.gone);
    if (first) announce(words.announce.loaded(shown.length));
    else if (gone.length > 0) announce(gone.map(words.announce.ended).join(' '));
    else if (added.length > 0 && added.length < STEP) announce(added.map(words.announce.added).join(' '));
    return added.length + gone.length > 0;
  }

  /** A list that goes on is not remembered: what comes later in it would be new at the next visit. */
  function remember(found: readonly Session[]): void {
    const visit = found.find(({ isCurrent }) => isCurrent)?.id;
    const isWhole = found.length <= limit;
    seen =
      own && visit && isWhole
        ? seenSessions(
            ownId,
            visit,
            found.map(({ id }) => id),
          )
        : undefined;
  }

  function isNew({ id }: Session): boolean {
    return seen?.isNew(id) ?? false;
  }

  function arrange(): void {
    lists.removeAttribute('aria-busy');
    lists.replaceChildren(
      ...(own ? [h('section', {}, h('h2', { class: 'unseen' }, words.own.current), current.element)] : []),
      h(
        'section',
        {},
        h('div', { class: 'section-head' }, title, endAll.element),
        others.element,
        none,
        noneLeft,
        more,
      ),
      ...(own ? [h('section', { class: 'section-head' }, everywhere.element)] : []),
    );
  }

  /** What stands around the list depends on whether there is anything in it. */
  function settle(): void {
    const count = others.size();
    current.element.hidden = current.size() === 0;
    endAll.offer(count >= (own ? 1 : 2));
    endAll.reword(endAllWords(more.hidden ? count : undefined));
    setText(title, words.session.titled(listTitle, count, !more.hidden));
    others.element.hidden = count === 0;
    hadAny ||= count > 0;
    none.hidden = true;
    noneLeft.hidden = true;
    if (count === 0) (hadAny ? noneLeft : none).hidden = false;
  }

  function showMore(): void {
    limit += STEP;
    live.now();
  }

  async function end(session: Session): Promise<void> {
    done.replaceChildren();
    await client.end(session.id, { userId }).catch((error: unknown) => {
      // Ended from elsewhere meanwhile: that is what was wanted.
      if ((error as { code?: string }).code !== 'SESSION_NOT_FOUND') throw error;
    });
    ended.add(session.id);
    others.remove(session.id);
    settle();
    announce(words.announce.ended(deviceName(session)));
  }

  async function endOthers(progress: (text: string) => void): Promise<void> {
    done.replaceChildren();
    const remove = ({ sessionIds }: EndedSessions) => {
      for (const id of sessionIds) {
        ended.add(id);
        others.remove(id);
      }
    };
    const all = await client.endOthers({
      userId,
      onProgress(soFar) {
        remove(soFar);
        progress(words.session.endedSoFar(soFar.deletedSessions));
      },
    });
    remove(all);
    live.now();
    if (all.remaining) throw new PartlyEnded(all.deletedSessions, all.error);
    focusOn(title);
    settle();
    done.replaceChildren(banner('calm', 'check', words.announce.endedAll(all.deletedSessions)));
  }
}
