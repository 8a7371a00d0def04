import type { Verdict, Violation } from './check-history';
import type { Operation, What } from './history';

/** Violations of one kind that are shown in full. */
const SHOWN = 3;

/** What a history shows, as lines of text. */
export function report(operations: readonly Operation[], { violations, users, signIns }: Verdict): string[] {
  const counts = new Map<string, number>();
  for (const { what, answer } of operations) {
    const name = `${what}: ${answer ? [answer.status, answer.code].filter(Boolean).join(' ') : 'no answer'}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const kinds = new Map<string, Violation[]>();
  for (const violation of violations) kinds.set(violation.what, [...(kinds.get(violation.what) ?? []), violation]);
  return [
    ...[...counts].sort().map(([name, count]) => `${String(count).padStart(8)}  ${name}`),
    ...[...kinds].flatMap(([what, all]) => [
      `VIOLATION: ${what} (${all.length} times)`,
      ...all
        .sort((a, b) => a.evidence.length - b.evidence.length)
        .slice(0, SHOWN)
        .flatMap((violation) => evidenceLines(violation, operations)),
    ]),
    `${operations.length} operations, ${users} users, ${signIns} sign-ins: ${violations.length} violations`,
  ];
}

const CAN_END: readonly What[] = ['register', 'end', 'end-others', 'log-out', 'outside-end', 'make-idle', 'stop'];
const time = (value: number | undefined) => (value === undefined ? '…' : value.toFixed(1)).padStart(10);

/** The contradiction, and what else the user did in that time that can have to do with it. */
function evidenceLines({ user, signIn, evidence }: Violation, operations: readonly Operation[]): string[] {
  const line = ({ id, start, end, what, arguments: args, answer }: Operation, fact?: string) => {
    const who = (name: string, id: string | undefined) => id && `${name} ${id === signIn ? 'itself' : id}`;
    const { earliest } = args.eventTime ?? {};
    const about = [who('by', args.signIn), who('of', args.target), earliest && `at ${earliest}`];
    const said = [answer?.status ?? 'no answer', answer?.code, answer?.reason, answer?.problem?.slice(0, 300)];
    const words = (all: readonly unknown[]) => all.filter(Boolean).join(' ');
    return `    ${time(start)} –${time(end)} ms  #${id} ${what} ${words(about)} → ${words(said)}${fact ? `: ${fact}` : ''}`;
  };
  const core = new Set(evidence.map(({ operation }) => operation.id));
  const from = Math.min(...evidence.map(({ operation }) => operation.start));
  const until = Math.max(...evidence.map(({ operation }) => operation.end ?? operation.start));
  const nearby = operations.filter(
    ({ id, what, start, end = start, arguments: args }) =>
      args.user === user && CAN_END.includes(what) && start <= until && end >= from && !core.has(id),
  );
  return [
    `  user ${user}${signIn ? `, sign-in ${signIn}` : ''}`,
    ...evidence.map(({ operation, fact }) => line(operation, fact)),
    ...(nearby.length > 0 ? ['    meanwhile:'] : []),
    ...nearby.slice(0, 12).map((operation) => line(operation)),
  ];
}
