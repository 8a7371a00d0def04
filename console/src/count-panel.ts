import type { CleanupRun } from '../../client';
import { setTime } from './card';
import { announce, h, setAttribute, setText } from './dom';
import { advice, overIn, reasons, summary, whoBegan } from './run-card';
import { ago } from './times';
import { words } from './words';

const { cleanups: text } = words;

export interface CountPanel {
  readonly element: HTMLElement;
  /** Shows the last count that was asked for, if there is one. */
  readonly show: (run: CleanupRun | undefined, now: number) => void;
}

export interface CountPanelOptions {
  readonly ownId: string;
  readonly ask: () => Promise<CleanupRun>;
  readonly explain: (error: unknown) => string;
}

/** Where an admin asks what a cleanup would delete now, and reads the answer. */
export function countPanel({ ownId, ask, explain }: CountPanelOptions): CountPanel {
  const problem = h('p', { class: 'problem-line', role: 'alert' });
  const outcome = h('div');
  const button = h('button', { class: 'button', type: 'button', onclick: () => void count() }, text.count);
  const element = h(
    'section',
    { class: 'panel count', 'aria-labelledby': 'count-title' },
    h('h2', { id: 'count-title' }, text.countTitle),
    h('p', { class: 'hint' }, text.countHint),
    outcome,
    problem,
    h('div', { class: 'buttons' }, button),
  );
  const when = h('time');
  let asking = false;
  /** The run that is shown, and how it stood. */
  let shown = '';
  let waitedFor: string | undefined;
  return { element, show };

  async function count(): Promise<void> {
    if (button.getAttribute('aria-disabled')) return;
    asking = true;
    setText(problem, '');
    settle(true);
    try {
      const run = await ask();
      asking = false;
      waitedFor = run.id;
      announce(text.counting);
      show(run, Date.now());
    } catch (error) {
      asking = false;
      settle(false);
      setText(problem, explain(error));
    }
  }

  function show(run: CleanupRun | undefined, now: number): void {
    if (!run) return;
    const { id, state, startedAt, result } = run;
    setTime(when, startedAt, ago(startedAt, now));
    // An answer may still be on its way from before this one was asked for.
    if (!asking) settle(state === 'running');
    if (shown === `${id} ${state}`) return;
    shown = `${id} ${state}`;
    const said = result ? summary(run, result) : text.noNumbers;
    const numbers = state === 'completed' && result;
    outcome.replaceChildren(
      h(
        'div',
        { class: 'told' },
        state === 'running' && h('progress', { 'aria-label': text.counting }),
        state !== 'running' && !numbers && advice(run),
        numbers && h('p', { class: 'outcome-title' }, said),
        numbers && overIn(numbers) > 0 && h('p', {}, reasons(run, numbers)),
        h('p', { class: 'hint' }, when, ' · ', text.askedFor, ' ', whoBegan(run, ownId, text.byYou)),
      ),
    );
    if (waitedFor !== id || state === 'running') return;
    waitedFor = undefined;
    announce(state === 'completed' ? said : (run.failure ?? text.unfinished));
  }

  /** Not disabled: that would take the focus away. */
  function settle(busy: boolean): void {
    setAttribute(button, 'aria-disabled', busy && 'true');
    setText(button, busy ? text.counting : text.count);
  }
}
