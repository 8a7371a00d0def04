import { ForbiddenError, type PoolUser, SessionError, type UserSearch } from '../../client';
import { h, setAttribute, setText } from './dom';
import { whyNot } from './problem';
import { words } from './words';

/**
 * An id as a user pool gives them, in small letters only, or one of another provider's user. Everything else is an address
 * or a name.
 */
const ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$|^[a-z][a-z\d-]{0,19}\|./;

/** Where an admin names a user, by e-mail address, user name or id. */
export function lookUp(
  userId: string | undefined,
  find: (who: UserSearch) => Promise<readonly PoolUser[]>,
  show: (userId: string) => void,
): HTMLElement {
  const { lookUp: text } = words;
  const problem = h('p', { class: 'problem-line', id: 'look-up-problem', role: 'alert' });
  const choice = h('ul', { class: 'choice', 'aria-label': text.several });
  const input = h('input', {
    id: 'look-up',
    type: 'text',
    value: userId,
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    maxlength: 256,
    dir: 'auto',
    oninput: () => mark(''),
    'aria-describedby': 'look-up-problem look-up-hint',
  });
  const button = h('button', { class: 'button', type: 'submit' }, text.button);
  let asked = 0;
  const form = h(
    'form',
    { class: 'panel look-up', role: 'search', novalidate: true, onsubmit: (event) => void submit(event) },
    h('label', { for: 'look-up' }, text.label),
    h('div', { class: 'field-row' }, input, button),
    problem,
    choice,
    h('p', { class: 'hint', id: 'look-up-hint' }, text.hint),
  );
  return form;

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const named = input.value.trim();
    mark(named ? '' : text.missing);
    if (!named) return input.focus();
    if (ID.test(named)) return show(named);
    const isAddress = named.includes('@');
    const ask = ++asked;
    setAttribute(button, 'aria-disabled', 'true');
    try {
      const found = await find(isAddress ? { email: named } : { username: named });
      // What was typed meanwhile is not what this is about.
      if (ask !== asked) return;
      const [only] = found;
      if (found.length > 1) offer(found);
      else if (only) show(only.id);
      else mark(isAddress ? text.noAddress : text.noName);
    } catch (error) {
      if (ask === asked) mark(problemOf(error));
    } finally {
      setAttribute(button, 'aria-disabled', false);
    }
  }

  function offer(found: readonly PoolUser[]): void {
    mark(text.several);
    choice.replaceChildren(
      ...found.map(({ id, username }) =>
        h('li', {}, h('a', { href: `#/users/${encodeURIComponent(id)}` }, h('bdi', {}, username))),
      ),
    );
  }

  function problemOf(error: unknown): string {
    if (error instanceof ForbiddenError) return words.problems.forbiddenMore;
    const invalid = error instanceof SessionError && error.code === 'INVALID_PROFILE_DATA';
    return invalid ? error.message : whyNot(error, text.failed);
  }

  function mark(wrong: string): void {
    asked += wrong === '' ? 1 : 0;
    choice.replaceChildren();
    setAttribute(input, 'aria-invalid', wrong !== '' && 'true');
    setText(problem, wrong);
  }
}
