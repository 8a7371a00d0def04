import { banner } from './banner';
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
    dir: 'auto',
    'aria-describedby': 'username-problem',
    oninput: () => mark(''),
  });
  const nameProblem = h('p', { class: 'problem-line', id: 'username-problem', role: 'alert' });
  const asAdmin = h('input', { id: 'as-admin', type: 'checkbox', 'aria-describedby': 'as-admin-hint' });
  const problem = h('p', { class: 'problem-line', role: 'alert' });
  const button = h('button', { class: 'button primary wide', type: 'submit' }, text.button);
  const fields = [
    h('div', { class: 'field' }, h('label', { for: 'username' }, text.username), username, nameProblem),
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
    mark(missing ? text.usernameMissing : '');
    setText(problem, '');
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

  /** Says what is wrong with the name where it is, and takes it back as soon as the person writes. */
  function mark(wrong: string): void {
    setAttribute(username, 'aria-invalid', wrong !== '' && 'true');
    setText(nameProblem, wrong);
  }

  function setBusy(busy: boolean): void {
    setAttribute(button, 'aria-disabled', busy && 'true');
    setText(button, busy ? text.busy : text.button);
  }
}

function noticeBox({ tone, title, more }: Notice): HTMLElement {
  const box = banner(tone, tone === 'warning' ? 'alert' : 'check', title, more);
  setAttribute(box, 'role', tone === 'warning' ? 'alert' : 'status');
  return box;
}
