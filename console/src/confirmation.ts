import { focusOn, h, setAttribute, setText } from './dom';
import { words } from './words';

export interface ConfirmationWords {
  readonly trigger: string;
  /** What the trigger is called where its word alone does not say whom it is about. */
  readonly triggerName?: string;
  readonly question: string;
  readonly consequence: string;
  readonly confirm: string;
  readonly keep: string;
}

export interface ConfirmationOptions {
  readonly words: ConfirmationWords;
  /** Does it, and may say how far it is. What it throws is explained, and the question asked again. */
  readonly run: (progress: (text: string) => void) => Promise<void>;
  readonly explain: (error: unknown) => string;
}

export interface Confirmation {
  readonly element: HTMLElement;
  /** What it is about has changed. */
  readonly reword: (words: ConfirmationWords) => void;
  /** Whether there is anything to ask about. A question that is open stays until it is answered, and says what went wrong. */
  readonly offer: (isOffered: boolean) => void;
}

let count = 0;

/** A button that asks once, in its place, before it does something that cannot be undone. */
export function confirmation(options: ConfirmationOptions): Confirmation {
  count += 1;
  const id = `question-${count}`;
  let text = options.words;
  const trigger = h('button', { class: 'button quiet', type: 'button', onclick: ask });
  const question = h('p', { class: 'question-title', id });
  const consequence = h('p', { class: 'muted', id: `${id}-more` });
  const problem = h('p', { class: 'problem-line', role: 'alert' });
  const confirm = h('button', { class: 'button danger', type: 'button', onclick: () => void run() });
  const keep = h('button', { class: 'button quiet', type: 'button', onclick: () => close() });
  const panel = h(
    'div',
    { class: 'question', role: 'group', 'aria-labelledby': id, 'aria-describedby': `${id}-more`, onkeydown: onKey },
    question,
    consequence,
    problem,
    h('div', { class: 'buttons' }, confirm, keep),
  );
  const element = h('div', { class: 'confirmation' }, trigger);
  let running = false;
  let offered = true;
  reword(text);
  return { element, reword, offer };

  function offer(isOffered: boolean): void {
    offered = isOffered;
    element.hidden = !offered && !panel.isConnected;
  }

  function reword(words: ConfirmationWords): void {
    text = words;
    setText(trigger, text.trigger);
    setAttribute(trigger, 'aria-label', text.triggerName);
    setText(question, text.question);
    setText(consequence, text.consequence);
    if (!running) setText(confirm, text.confirm);
    setText(keep, text.keep);
  }

  function ask(): void {
    setText(problem, '');
    element.replaceChildren(panel);
    element.classList.add('open');
    // The question and not its answer: a second Enter must not end anything.
    focusOn(panel);
    panel.scrollIntoView({ block: 'nearest' });
  }

  function close(): void {
    element.replaceChildren(trigger);
    element.classList.remove('open');
    offer(offered);
    trigger.focus();
  }

  function onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && !running) close();
  }

  async function run(): Promise<void> {
    if (running) return;
    setRunning(true);
    setText(problem, '');
    try {
      await options.run((progress) => setText(confirm, progress));
      // The question is gone with what it was about; where that stays, it is asked anew.
      if (element.isConnected) close();
    } catch (error) {
      setText(problem, options.explain(error));
    } finally {
      setRunning(false);
    }
  }

  function setRunning(now: boolean): void {
    running = now;
    // Not disabled: that would take the focus away.
    setAttribute(confirm, 'aria-disabled', now && 'true');
    setAttribute(panel, 'aria-busy', now && 'true');
    setText(confirm, now ? words.session.ending : text.confirm);
    keep.hidden = now;
  }
}
