import { h, setText } from './dom';
import { words } from './words';

/** Where an admin names a user. */
export function lookUp(userId: string | undefined, show: (userId: string) => void): HTMLElement {
  const { lookUp: text } = words;
  const problem = h('p', { class: 'problem-line', id: 'look-up-problem', role: 'alert' });
  const input = h('input', {
    id: 'look-up',
    type: 'text',
    value: userId,
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    maxlength: 256,
    'aria-describedby': 'look-up-hint look-up-problem',
  });
  const form = h(
    'form',
    { class: 'panel look-up', role: 'search', novalidate: true, onsubmit: submit },
    h('label', { for: 'look-up' }, text.label),
    h('div', { class: 'field-row' }, input, h('button', { class: 'button', type: 'submit' }, text.button)),
    h('p', { class: 'hint', id: 'look-up-hint' }, text.hint),
    problem,
  );
  return form;

  function submit(event: Event): void {
    event.preventDefault();
    const named = input.value.trim();
    setText(problem, named ? '' : text.missing);
    if (named) show(named);
    else input.focus();
  }
}
