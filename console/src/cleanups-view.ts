import type { CleanupRun, SessionClient } from '../../client';
import type { Config } from './config';
import { announce, h, setText } from './dom';
import { dryRunPanel } from './dry-run-panel';
import { type LiveContext, startLive, type View } from './live';
import { emptyState, skeleton } from './placeholders';
import { whyNot } from './problem';
import { type RunCard, runCard } from './run-card';
import { words } from './words';

export interface CleanupsViewOptions extends LiveContext {
  readonly client: SessionClient;
  /** The id of the admin who looks. */
  readonly ownId: string;
  readonly cleanupLog: Config['cleanupLog'];
}

/** How many runs are shown until all are asked for. */
const FIRST = 8;

/** The cleanup's last runs, live, and what it would delete now: for admins. */
export function cleanupsView({ client, ownId, cleanupLog, ...context }: CleanupsViewOptions): View {
  const { cleanups: text } = words;
  const heading = h('h1', {}, text.title);
  const panel = dryRunPanel({
    ownId,
    cleanupLog,
    async ask() {
      const run = await client.requestDryRun();
      live.now();
      // Most dry runs have ended by then.
      setTimeout(live.now, 1_500);
      return run;
    },
    explain: (error) => whyNot(error, text.notStarted),
  });
  const list = h('ul', { class: 'cards', 'aria-label': text.runs });
  const more = h('button', { class: 'button quiet more', type: 'button', onclick: showAll });
  const body = h('div', { class: 'lists', 'aria-busy': 'true' }, skeleton(text.loading));
  let runs: readonly CleanupRun[] | undefined;
  let shown = '';
  let cards: RunCard[] = [];
  let most = FIRST;

  const live = startLive({
    ...context,
    load: (signal, passive) => client.cleanups({ signal, passive }),
    show,
    problems: { ...words.problems, ...text.problems },
    showNothing() {
      body.replaceChildren();
      body.removeAttribute('aria-busy');
    },
  });
  return {
    heading,
    element: h('div', {}, h('div', { class: 'lead' }, heading, h('p', {}, text.lead)), live.problem, body),
    stop: live.stop,
  };

  function show(found: readonly CleanupRun[]): boolean {
    const now = Date.now();
    if (!runs) {
      body.removeAttribute('aria-busy');
      announce(text.loaded(found.length));
    }
    const changed = JSON.stringify(found) !== shown;
    runs = found;
    shown = JSON.stringify(found);
    if (changed) arrange(found);
    for (const card of cards) card.update(now);
    panel.show(
      found.find(({ requestedBy }) => requestedBy !== undefined),
      now,
    );
    // One that is at work may end at any moment.
    return changed || found.some(({ state }) => state === 'running');
  }

  function arrange(found: readonly CleanupRun[]): void {
    cards = found.slice(0, most).map((run) => runCard(run, ownId, cleanupLog));
    list.replaceChildren(...cards.map(({ element }) => element));
    more.hidden = found.length <= most;
    setText(more, text.all(found.length));
    const listed = found.length > 0 ? [list, more] : [emptyState(text.none, text.noneMore)];
    const title = h('h2', {}, found.length > 0 ? text.lastRuns(found.length) : text.runs);
    const section = h('section', {}, h('div', { class: 'section-head' }, title), ...listed);
    // The panel stays where it is: a focus in it, too.
    if (panel.element.parentElement !== body) body.replaceChildren(panel.element, section);
    else body.lastElementChild?.replaceWith(section);
  }

  function showAll(): void {
    most = Number.POSITIVE_INFINITY;
    arrange(runs ?? []);
    for (const card of cards) card.update(Date.now());
  }
}
