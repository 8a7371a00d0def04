import type { Session } from '../../client';
import { type Card, type CardOptions, sessionCard } from './card';
import { h, setAttribute, setText } from './dom';
import { words } from './words';

/** What differs between what was shown and what is shown now. */
interface Change {
  readonly added: readonly string[];
  readonly gone: readonly string[];
}

export interface SessionList {
  readonly element: HTMLElement;
  /** @returns the names of the devices that came and went */
  readonly show: (sessions: readonly Session[], now: number) => Change;
  readonly remove: (sessionId: string) => void;
  /** How many sessions it has, the folded ones too. */
  readonly size: () => number;
}

/** What unfolds the sessions of a group. */
interface Fold {
  readonly element: HTMLElement;
  readonly button: HTMLElement;
  open: boolean;
}

/**
 * A list of cards that keeps each session's card from one answer to the next. Sessions that people cannot tell apart
 * are a group: its first one is shown, the others are folded away behind their number.
 */
export function sessionList(
  label: string,
  optionsFor: (session: Session) => CardOptions,
  /** Where the focus goes when it was in a card that is gone and no other is left. */
  fallback: () => void,
): SessionList {
  const element = h('ul', { class: 'cards', 'aria-label': label });
  const folds = new Map<string, Fold>();
  /** By the session's id, in the order of the list. */
  let cards = new Map<string, Card>();
  return { element, show, remove, size: () => cards.size };

  function show(sessions: readonly Session[], now: number): Change {
    const before = cards;
    cards = new Map(sessions.map((session) => [session.id, before.get(session.id) ?? newCard(session)]));
    for (const session of sessions) cards.get(session.id)?.update(session, now);
    keepingFocus(arrange);
    return { added: missingIn(before, cards), gone: missingIn(cards, before) };
  }

  function newCard(session: Session): Card {
    return sessionCard(session, optionsFor(session));
  }

  function remove(sessionId: string): void {
    if (cards.delete(sessionId)) keepingFocus(arrange);
  }

  function arrange(): void {
    const groups = new Map<string, Card[]>();
    for (const card of cards.values()) groups.set(card.looks(), [...(groups.get(card.looks()) ?? []), card]);
    const items = [...groups].flatMap(([looks, group]) => itemsOf(looks, group));
    for (const child of [...element.children]) {
      if (!items.includes(child)) child.remove();
    }
    items.forEach((item, index) => {
      const there = element.children[index];
      if (there !== item) element.insertBefore(item, there ?? null);
    });
  }

  function itemsOf(looks: string, [first, ...others]: readonly Card[]): Element[] {
    if (!first) return [];
    first.element.hidden = false;
    first.element.classList.remove('member');
    if (others.length === 0) {
      folds.delete(looks);
      return [first.element];
    }
    const fold = folds.get(looks) ?? newFold();
    folds.set(looks, fold);
    setText(fold.button, words.session.moreOnDevice(others.length));
    setAttribute(fold.button, 'aria-expanded', String(fold.open));
    for (const { element: other } of others) {
      other.classList.add('member');
      // What somebody is busy with stays in sight when another session comes to the front.
      other.hidden = !fold.open && !other.contains(document.activeElement) && !other.querySelector('.question');
    }
    return [first.element, fold.element, ...others.map((card) => card.element)];
  }

  function newFold(): Fold {
    const button = h('button', { type: 'button', onclick: toggle });
    const fold = { element: h('li', { class: 'fold' }, button), button, open: false };
    return fold;

    function toggle(): void {
      fold.open = !fold.open;
      arrange();
    }
  }

  /** An element that is moved loses the focus; where one is gone, the focus goes to what stands in its place. */
  function keepingFocus(change: () => void): void {
    const focused = document.activeElement;
    const position = shownItems().findIndex((item) => item.contains(focused));
    change();
    if (position === -1 || !(focused instanceof HTMLElement)) return;
    if (element.contains(focused)) {
      focused.focus({ preventScroll: true });
      return;
    }
    const items = shownItems();
    const next = items[Math.min(position, items.length - 1)]?.querySelector('button');
    if (next) next.focus();
    else fallback();
  }

  function shownItems(): Element[] {
    return [...element.children].filter((child) => !(child as HTMLElement).hidden);
  }
}

const missingIn = (some: ReadonlyMap<string, Card>, of: ReadonlyMap<string, Card>): string[] =>
  [...of].filter(([id]) => !some.has(id)).map(([, { device }]) => device);
