import { randomUUID } from 'node:crypto';
import { Problem } from '../command/problem';
import type { AsynchronousInvocations } from './asynchronous';
import type { DeadLetters } from './dead-letters';
import type { PutEvent } from './event-bus';
import { readInvokePermissions } from './policies';
import { ACCOUNT, REGION, type Template } from './template';

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** The bus on which AWS itself reports what happens. */
export const DEFAULT_BUS = 'default';

/** The template's EventBridge rules: on their schedule, on demand, and for what is put on their bus. */
export interface Rules {
  /** Those with a schedule first. */
  readonly names: readonly string[];
  /**
   * Fires a rule now.
   * @param detail overrides of the event's detail
   * @returns what its target returned, or undefined when there is no such rule
   */
  readonly fire: (ruleName: string, detail?: Record<string, unknown>) => Promise<{ result: unknown } | undefined>;
  /** Hands an event to the targets of the rules that it fits, and does not wait for them. */
  readonly deliver: (event: PutEvent) => void;
  /** Resolves when nothing is being delivered any more. */
  readonly stop: () => Promise<void>;
}

export function localRules(
  template: Template,
  { invoke: invokeFunction }: AsynchronousInvocations,
  deadLetters: DeadLetters,
  onFailure: (ruleName: string, error: Error) => void,
): Rules {
  const rules = new Map<string, Rule>();
  const timers: NodeJS.Timeout[] = [];
  const delivering = new Set<Promise<unknown>>();
  const mayInvoke = readInvokePermissions(template, 'events.amazonaws.com');
  for (const [id, properties] of template.all('AWS::Events::Rule')) {
    const { Name, ScheduleExpression, EventPattern, EventBusName, State, Targets } = properties;
    const every = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(ScheduleExpression ?? '');
    const unit = UNIT_MS[every?.[2] ?? ''];
    if (!EventPattern && !unit)
      throw new Problem(`The local run supports the schedules rate(…) only; the rule ${id} has ${ScheduleExpression}.`);
    const [target, ...more] = Targets ?? [];
    if (!target || more.length > 0 || target.Input || target.InputTransformer) {
      throw new Problem(
        `The local run supports rules with one function as the target, and the event as its input; the rule ${id} has another.`,
      );
    }
    const enabled = State === 'ENABLED';
    rules.set(Name, {
      target: target.Arn,
      queueArn: target.DeadLetterConfig?.Arn,
      pattern: EventPattern,
      bus: enabled ? (EventBusName ?? DEFAULT_BUS) : undefined,
    });
    // A rule with a pattern waits for what is put on its bus, or for what happens in AWS: here somebody says that it has.
    if (!unit || !enabled) continue;
    const timer = setInterval(() => fire(Name).catch((error) => onFailure(Name, error)), Number(every?.[1]) * unit);
    timers.push(timer.unref());
  }
  const names = [...rules.keys()].sort((a, b) => Number(!!rules.get(a)?.pattern) - Number(!!rules.get(b)?.pattern));
  return { names, fire, deliver, stop };

  async function fire(
    ruleName: string,
    detail: Record<string, unknown> = {},
  ): Promise<{ result: unknown } | undefined> {
    const rule = rules.get(ruleName);
    if (!rule) return undefined;
    const { pattern } = rule;
    const event = envelope({
      'detail-type': pattern?.['detail-type']?.[0] ?? 'Scheduled Event',
      source: pattern?.source?.[0] ?? 'aws.events',
      resources: pattern ? [] : [`arn:aws:events:${REGION}:${ACCOUNT}:rule/${ruleName}`],
      detail: { ...cloudTrailTime(pattern), ...onlyChoices(pattern?.detail), ...detail },
    });
    if (pattern && !fits(pattern, event)) {
      throw new Problem(`the rule's pattern does not match the event, it is ${JSON.stringify(pattern.detail)}`);
    }
    return { result: await invoke(ruleName, rule, event) };
  }

  function deliver({ bus, detailType, source, time, detail }: PutEvent): void {
    const event = envelope({ 'detail-type': detailType, source, time, resources: [], detail });
    for (const [name, rule] of rules) {
      if (rule.bus !== bus || !rule.pattern || !fits(rule.pattern, event)) continue;
      const delivery = invoke(name, rule, event)
        .catch((error) => onFailure(name, error))
        .finally(() => delivering.delete(delivery));
      delivering.add(delivery);
    }
  }

  /** A rule's own queue gets what could not be delivered; what a function does with an event is the function's. */
  async function invoke(ruleName: string, { target, queueArn }: Rule, event: unknown): Promise<unknown> {
    // Without the permission that CDK adds for each rule, AWS fails in just this way.
    const rule = `arn:aws:events:${REGION}:${ACCOUNT}:rule/${ruleName}`;
    if (!mayInvoke(target, rule)) {
      const error = `${rule} is not authorized to perform: lambda:InvokeFunction on ${target}`;
      deadLetters.put(queueArn, { of: 'rule', name: ruleName, error, message: event });
      throw new Problem(error);
    }
    return invokeFunction(target, event);
  }

  async function stop(): Promise<void> {
    timers.forEach(clearInterval);
    await Promise.all(delivering);
  }
}

interface Rule {
  readonly target: string;
  /** Of the queue for what could not be delivered. */
  readonly queueArn?: string;
  readonly pattern?: any;
  /** Where it listens; absent where it is switched off. */
  readonly bus?: string;
}

/** An event as targets get it. */
const envelope = (event: object) => ({
  version: '0',
  id: randomUUID(),
  account: ACCOUNT,
  time: new Date().toISOString(),
  region: REGION,
  ...event,
});

/** When it happened, which CloudTrail says in every event, in whole seconds. */
const cloudTrailTime = (pattern?: Record<string, string[]>) =>
  pattern?.['detail-type']?.[0]?.endsWith('via CloudTrail')
    ? { eventTime: new Date().toISOString().replace(/\.\d+/, '') }
    : {};

/** What a pattern leaves no choice about need not be said. */
const onlyChoices = (pattern: Record<string, unknown[]> = {}) =>
  Object.fromEntries(
    Object.entries(pattern).flatMap(([name, choices]) =>
      choices.length === 1 && typeof choices[0] === 'string' ? [[name, choices[0]]] : [],
    ),
  );

/** Whether an event fits a pattern: of what patterns can say, values and `exists`. */
function fits(pattern: Record<string, any>, event: any): boolean {
  return Object.entries(pattern).every(([name, wanted]) => {
    const value = event?.[name];
    if (!Array.isArray(wanted)) return fits(wanted, value);
    return wanted.some((choice) => {
      if (typeof choice !== 'object' || choice === null) return choice === value;
      if (typeof choice.exists === 'boolean') return choice.exists === (value !== undefined);
      throw new Problem(`the local run does not support ${JSON.stringify(choice)} in a pattern`);
    });
  });
}
