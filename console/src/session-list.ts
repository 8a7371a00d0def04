import type { Session } from '../../client';
import { type Card, type CardOptions, sessionCard } from './card';
import { h } from './dom';

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
}

/** A list of cards that keeps each session's card from one answer to the next. */
export function sessionList(
  label: string,
  optionsFor: (session: Session) => CardOptions,
  /** Where the focus goes when it was in a card that is gone and no other is left. */
  fallback: () => void,
): SessionList {
  const element = h('ul', { class: 'cards', 'aria-label': label });
  const cards = new Map<string, Card>();
  return { element, show, remove };

  function show(sessions: readonly Session[], now: number): Change {
    const ids = new Set(sessions.map(({ id }) => id));
    const over = [...cards].filter(([id]) => !ids.has(id));
    for (const [id] of over) remove(id);
    const added: string[] = [];
    const focused = document.activeElement;
    sessions.forEach((session, index) => {
      let card = cards.get(session.id);
      if (!card) {
        card = sessionCard(session, optionsFor(session));
        cards.set(session.id, card);
        added.push(card.device);
      }
      card.update(session, now);
      const there = element.children[index];
      if (there !== card.element) element.insertBefore(card.element, there ?? null);
    });
    // An element that is moved loses the focus.
    if (focused instanceof HTMLElement && focused !== document.activeElement && element.contains(focused)) {
      focused.focus({ preventScroll: true });
    }
    return { added, gone: over.map(([, { device }]) => device) };
  }

  function remove(sessionId: string): void {
    const card = cards.get(sessionId);
    if (!card) return;
    cards.delete(sessionId);
    const hadFocus = card.element.contains(document.activeElement);
    const next = card.element.nextElementSibling ?? card.element.previousElementSibling;
    card.element.remove();
    if (!hadFocus) return;
    const button = next?.querySelector<HTMLElement>('button');
    if (button) button.focus();
    else fallback();
  }
}
