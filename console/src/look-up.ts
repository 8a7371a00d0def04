import { h, setAttribute, setText } from './dom';
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
    dir: 'auto',
    oninput: () => mark(''),
    'aria-describedby': 'look-up-problem look-up-hint',
  });
  const form = h(
    'form',
    { class: 'panel look-up', role: 'search', novalidate: true, onsubmit: submit },
    h('label', { for: 'look-up' }, text.label),
    h('div', { class: 'field-row' }, input, h('button', { class: 'button', type: 'submit' }, text.button)),
    problem,
    h('p', { class: 'hint', id: 'look-up-hint' }, text.hint),
  );
  return form;

  function submit(event: Event): void {
    event.preventDefault();
    const named = input.value.trim();
    mark(named ? '' : text.missing);
    if (named) show(named);
    else input.focus();
  }

  function mark(wrong: string): void {
    setAttribute(input, 'aria-invalid', wrong !== '' && 'true');
    setText(problem, wrong);
  }
}
