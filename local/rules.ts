import { randomUUID } from 'node:crypto';
import type { Functions } from './functions';
import { Problem } from './problem';
import { ACCOUNT, REGION, type Template } from './template';

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** The template's EventBridge rules, on their schedule and on demand. */
export interface Rules {
  /**
   * Fires a rule now.
   * @param detail overrides of the event's detail
   * @returns what its target returned, or undefined when there is no such rule
   */
  readonly fire: (ruleName: string, detail?: unknown) => Promise<{ result: unknown } | undefined>;
  readonly stop: () => void;
}

export function localRules(
  template: Template,
  functions: Functions,
  onFailure: (ruleName: string, error: Error) => void,
): Rules {
  const rules = new Map<string, string>();
  const timers: NodeJS.Timeout[] = [];
  for (const [id, { Name, ScheduleExpression, EventPattern, State, Targets }] of template.all('AWS::Events::Rule')) {
    const every = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(ScheduleExpression ?? '');
    const unit = UNIT_MS[every?.[2] ?? ''];
    if (EventPattern || !unit)
      throw new Problem(
        `The local run supports the schedules rate(…) only; the rule ${id} has ${ScheduleExpression ?? 'an event pattern'}.`,
      );
    const [target, ...more] = Targets ?? [];
    if (!target || more.length > 0 || target.Input || target.InputTransformer) {
      throw new Problem(
        `The local run supports rules with one function as the target, and the event as its input; the rule ${id} has another.`,
      );
    }
    rules.set(Name, target.Arn);
    if (State !== 'ENABLED') continue;
    const timer = setInterval(() => fire(Name).catch((error) => onFailure(Name, error)), Number(every?.[1]) * unit);
    timers.push(timer.unref());
  }
  return { fire, stop: () => timers.forEach(clearInterval) };

  async function fire(ruleName: string, detail: unknown = {}): Promise<{ result: unknown } | undefined> {
    const target = rules.get(ruleName);
    if (!target) return undefined;
    const event = {
      version: '0',
      id: randomUUID(),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: ACCOUNT,
      time: new Date().toISOString(),
      region: REGION,
      resources: [`arn:aws:events:${REGION}:${ACCOUNT}:rule/${ruleName}`],
      detail,
    };
    return { result: await functions.invoke(target, event) };
  }
}
