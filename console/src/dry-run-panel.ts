import type { CleanupRun } from '../../client';
import { setTime } from './card';
import type { Config } from './config';
import { announce, h, setAttribute, setText } from './dom';
import { advice, overIn, reasons, summary, whoBegan } from './run-card';
import { ago } from './times';
import { words } from './words';

const { cleanups: text } = words;

export interface DryRunPanel {
  readonly element: HTMLElement;
  /** Shows the latest dry run, if there is one. */
  readonly show: (run: CleanupRun | undefined, now: number) => void;
}

export interface DryRunPanelOptions {
  readonly ownId: string;
  readonly cleanupLog: Config['cleanupLog'];
  readonly ask: () => Promise<CleanupRun>;
  readonly explain: (error: unknown) => string;
}

/** Where an admin starts a dry run, and reads what a cleanup would delete now. */
export function dryRunPanel({ ownId, cleanupLog, ask, explain }: DryRunPanelOptions): DryRunPanel {
  const problem = h('p', { class: 'problem-line', role: 'alert' });
  const outcome = h('div');
  const button = h('button', { class: 'button', type: 'button', onclick: () => void start() }, text.startDryRun);
  const element = h(
    'section',
    { class: 'panel dry-run', 'aria-labelledby': 'dry-run-title' },
    h('h2', { id: 'dry-run-title' }, text.dryRunTitle),
    h('p', { class: 'hint' }, text.dryRunHint),
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

  async function start(): Promise<void> {
    if (button.getAttribute('aria-disabled')) return;
    asking = true;
    setText(problem, '');
    settle(true);
    try {
      const run = await ask();
      asking = false;
      waitedFor = run.id;
      announce(text.dryRunAtWork);
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
        state === 'running' && h('progress', { 'aria-label': text.dryRunAtWork }),
        state !== 'running' && !numbers && advice(run, cleanupLog),
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
    setText(button, busy ? text.dryRunAtWork : text.startDryRun);
  }
}
