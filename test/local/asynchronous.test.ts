import { asynchronousInvocations } from '../../local/asynchronous';
import { localDeadLetters } from '../../local/dead-letters';
import { FunctionFailure, type Functions } from '../../local/functions';
import { localRules } from '../../local/rules';
import { resolveTemplate } from '../../local/template';

const QUEUE = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'own-queue' } };
const RULE_QUEUE = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'rule-queue' } };

/** A rule that calls a function, which fails a number of times. */
function world({
  failures,
  more = {},
  maySend = true,
  mayInvoke = true,
}: {
  failures: number;
  more?: object;
  maySend?: boolean;
  mayInvoke?: boolean;
}) {
  const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
  const allow = [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: arn('Queue') }];
  const permission = {
    Type: 'AWS::Lambda::Permission',
    Properties: { Principal: 'events.amazonaws.com', FunctionName: arn('Fn'), SourceArn: arn('Rule') },
  };
  const resources = {
    Queue: QUEUE,
    RuleQueue: RULE_QUEUE,
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: maySend ? { Policies: [{ PolicyDocument: { Statement: allow } }] } : {},
    },
    Fn: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'failing',
        Role: arn('Role'),
        DeadLetterConfig: { TargetArn: arn('Queue') },
        ...more,
      },
    },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        Name: 'rule',
        State: 'ENABLED',
        EventBusName: 'bus',
        EventPattern: { source: ['test'] },
        Targets: [{ Arn: arn('Fn'), DeadLetterConfig: { Arn: arn('RuleQueue') } }],
      },
    },
    ...(mayInvoke && { Permission: permission }),
  };
  const template = resolveTemplate({ resources, exports: {}, assetPath: () => '' }, { issuer: '' });
  const events: any[] = [];
  const functions = {
    async invoke(_: string, event: unknown) {
      events.push(event);
      if (events.length <= failures) throw new FunctionFailure('broken');
      return 'done';
    },
  } as Pick<Functions, 'invoke'> as Functions;
  let said: (line: string) => void = () => undefined;
  const firstLine = new Promise<string>((resolve) => {
    said = resolve;
  });
  const deadLetters = localDeadLetters((line) => said(line));
  const asynchronous = asynchronousInvocations(template, functions, deadLetters);
  const rules = localRules(template, asynchronous, deadLetters, () => undefined);
  return { rules, asynchronous, events, letters: deadLetters.letters, firstLine };
}

describe('a function that a rule invokes', () => {
  it('and that fails three times has the event in its own dead-letter queue', async () => {
    const { rules, events, letters, firstLine } = world({ failures: 3 });
    await expect(rules.fire('rule', { a: 1 })).rejects.toThrow('broken');
    expect(await firstLine).toBe('The function failing failed: broken (kept in own-queue)');
    expect(events).toHaveLength(3);
    expect(events[2]).toEqual(events[0]);
    expect(letters).toEqual([
      expect.objectContaining({
        queue: 'own-queue',
        of: 'function',
        name: 'failing',
        error: 'broken',
        message: events[0],
      }),
    ]);
  });

  it('and that fails twice has done its work, and no event is kept', async () => {
    const { asynchronous, events, letters } = world({ failures: 2 });
    await expect(asynchronous.invoke('failing', {})).rejects.toThrow('broken');
    while (events.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    await asynchronous.stop();
    expect(letters).toEqual([]);
  });

  it.each([
    ['has no dead-letter queue', { more: { DeadLetterConfig: undefined } }],
    ['may not write to it', { maySend: false }],
  ])('and that fails loses the event if it %s', async (_, options) => {
    const { rules, letters, firstLine } = world({ failures: 3, ...options });
    await expect(rules.fire('rule')).rejects.toThrow('broken');
    expect(await firstLine).toBe('The function failing failed: broken (there is no dead-letter queue: lost)');
    expect(letters).toEqual([]);
  });

  it('and that is durable is not invoked again: the event of a failed execution is in its dead-letter queue at once', async () => {
    const { rules, asynchronous, events, letters } = world({ failures: 3, more: { DurableConfig: {} } });
    await expect(rules.fire('rule')).rejects.toThrow('broken');
    await asynchronous.stop();
    expect(events).toHaveLength(1);
    expect(letters).toEqual([
      expect.objectContaining({ queue: 'own-queue', of: 'function', error: 'broken', message: events[0] }),
    ]);
  });
});

it('what a rule cannot deliver goes to the rule’s queue, and no function sees it', async () => {
  const { rules, events, letters } = world({ failures: 0, mayInvoke: false });
  await expect(rules.fire('rule')).rejects.toThrow(/not authorized to perform: lambda:InvokeFunction/);
  expect(events).toEqual([]);
  expect(letters).toEqual([expect.objectContaining({ queue: 'rule-queue', of: 'rule', name: 'rule' })]);
});

it('what a rule’s target returned is the answer to firing it', async () => {
  expect(await world({ failures: 0 }).rules.fire('rule')).toEqual({ result: 'done' });
});
