import { focusOn, h, setAttribute, setText } from './dom';
import { icon } from './icons';
import type { Identity } from './identity';
import type { Tokens } from './tokens';
import { words } from './words';

/** Why the person is here, when it was not by choice. */
export interface Notice {
  readonly tone: 'calm' | 'warning';
  readonly title: string;
  readonly more: string;
  /** The person has to sign in again, even on a page that still knows them. */
  readonly again?: boolean;
}

export interface SignInViewOptions {
  readonly identity: Identity;
  readonly notice?: Notice;
  readonly onSignedIn: (tokens: Tokens) => void;
}

/** @returns the view, and what puts the focus where the person goes on */
export function signInView({ identity, notice, onSignedIn }: SignInViewOptions): {
  element: HTMLElement;
  focus: () => void;
} {
  const { signIn: text } = words;
  const username = h('input', {
    id: 'username',
    type: 'text',
    autocomplete: 'username',
    autocapitalize: 'none',
    spellcheck: 'false',
    maxlength: 128,
    'aria-describedby': 'sign-in-problem',
  });
  const asAdmin = h('input', { id: 'as-admin', type: 'checkbox', 'aria-describedby': 'as-admin-hint' });
  const problem = h('p', { class: 'problem-line', id: 'sign-in-problem', role: 'alert' });
  const button = h('button', { class: 'button primary wide', type: 'submit' }, text.button);
  const fields = [
    h('div', { class: 'field' }, h('label', { for: 'username' }, text.username), username),
    h(
      'div',
      { class: 'tick' },
      asAdmin,
      h('label', { for: 'as-admin' }, text.asAdmin),
      h('p', { class: 'hint', id: 'as-admin-hint' }, text.asAdminHint),
    ),
  ];
  const told = notice && noticeBox(notice);
  const heading = h('h1', {}, text.title);
  const element = h(
    'div',
    { class: 'sign-in' },
    told,
    h(
      'form',
      { class: 'panel', novalidate: true, onsubmit: (event) => void submit(event) },
      h('div', { class: 'mark' }, icon('shield')),
      heading,
      h('p', { class: 'muted' }, text.lead),
      ...(identity.asksHere ? fields : []),
      problem,
      button,
      h('p', { class: 'hint' }, identity.asksHere ? text.localHint : text.hostedHint),
    ),
  );
  return { element, focus: () => focusOn(told ?? (identity.asksHere ? username : heading)) };

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const name = username.value.trim();
    const missing = identity.asksHere && name === '';
    setAttribute(username, 'aria-invalid', missing && 'true');
    setText(problem, missing ? text.usernameMissing : '');
    if (missing) return username.focus();
    setBusy(true);
    try {
      onSignedIn(await identity.signIn({ username: name, asAdmin: asAdmin.checked, again: notice?.again ?? false }));
    } catch (error) {
      // fetch rejects with a TypeError where nothing answers.
      setText(problem, error instanceof TypeError ? text.unreachable : text.failed);
      setBusy(false);
    }
  }

  function setBusy(busy: boolean): void {
    setAttribute(button, 'aria-disabled', busy && 'true');
    setText(button, busy ? text.busy : text.button);
  }
}

function noticeBox({ tone, title, more }: Notice): HTMLElement {
  return h(
    'div',
    { class: `banner ${tone}`, role: tone === 'warning' ? 'alert' : 'status' },
    icon(tone === 'warning' ? 'alert' : 'check'),
    h('div', { class: 'banner-text' }, h('p', { class: 'banner-title' }, title), h('p', {}, more)),
  );
}
