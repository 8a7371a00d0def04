import { CfnQueryDefinition, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type NamedStage, nameOf } from './names';

/** Which logs a question goes to: the access log and all functions', or the cleanup's only. */
type Logs = Readonly<Record<'all' | 'cleanup', readonly ILogGroup[]>>;

const OF_A_SESSION = 'event in ["session_created", "session_expired", "session_use_after_expire"]';
const FROM_OUTSIDE = 'message in ["sessions ended", "receiver"]';

/**
 * The runbook's questions, by the names that they are saved under. Who asks puts a value in place of the words in
 * capitals; a word that is left there matches nothing.
 */
const QUESTIONS: Readonly<Record<string, { readonly logs: keyof Logs; readonly query: readonly string[] }>> = {
  'who-ended-a-session': {
    logs: 'all',
    query: [
      '# Put the user’s id in place of USER-ID (twice), or the session’s hash in place of SESSION-HASH.',
      'fields @timestamp, event, reason, actor, address, userAgent, session, message, ended, issuer',
      `| filter (${OF_A_SESSION} and (subject = "USER-ID" or session = "SESSION-HASH")) or (${FROM_OUTSIDE} and userId = "USER-ID")`,
      '| sort @timestamp desc',
      '| limit 1000',
    ],
  },
  'what-an-address-did': {
    logs: 'all',
    query: [
      '# Put the address in place of ADDRESS (twice).',
      'fields @timestamp, event, reason, actor, subject, session, method, route, status, userId, userAgent',
      '| filter address = "ADDRESS" or ip = "ADDRESS"',
      '| sort @timestamp desc',
      '| limit 1000',
    ],
  },
  'whose-tokens-were-refused': {
    logs: 'all',
    query: [
      'filter event in ["authn_token_fail", "session_use_after_expire"]',
      '| stats count(*) as refused, earliest(@timestamp) as first, latest(@timestamp) as last by actor, address, event, reason',
      '| sort refused desc',
      '| limit 1000',
    ],
  },
  'why-a-cleanup-failed': {
    logs: 'cleanup',
    query: [
      'fields @timestamp, message, error.name, error.message, session, record.status, record.errorType',
      // The second is Lambda's own line of an invocation that crashed or took too long.
      '| filter level = "ERROR" or (type = "platform.report" and record.status != "success")',
      '| sort @timestamp desc',
      '| limit 1000',
    ],
  },
};

/** Saves the runbook's questions in Logs Insights. */
export function saveQueries(scope: Construct, stage: NamedStage, logs: Logs): void {
  for (const [name, question] of Object.entries(QUESTIONS)) {
    new CfnQueryDefinition(scope, name, {
      name: nameOf(stage, name),
      logGroupNames: logs[question.logs].map(({ logGroupName }) => logGroupName),
      queryString: question.query.join('\n'),
    });
  }
}
