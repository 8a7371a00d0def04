import { systemClock } from '../lambda/aws/retry';
import { nothingSwept } from '../lambda/cleanup/progress';
import type { CleanupResult } from '../lambda/cleanup/recorded-run';
import { Sweeper, sweepClient } from '../lambda/cleanup/sweep';
import { DEFAULT_POLICY } from '../lambda/domain/session';
import { baselineCleanup } from './baseline-cleanup';
import { answerOrders, type Took, timed } from './orders';

export type Algorithm = 'sweep' | 'baseline' | 'baseline with pauses';

export interface RunOrder {
  readonly algorithm: Algorithm;
  readonly endpoint: string;
  readonly tableName: string;
  /** Epoch milliseconds. */
  readonly asOf: number;
  /** Evaluates the sessions and deletes none. Only the sweep can do that. */
  readonly dryRun?: boolean;
}

/** What a run took from just before the cleanup begins, with its code loaded and its client still to be made. */
export interface RunReport extends Took {
  readonly result: CleanupResult;
  /** The most memory that the process ever held, MB of 2^20 bytes. */
  readonly peakMb: number;
}

const PAUSE_MS = 100;

async function cleanup({ algorithm, endpoint, tableName, asOf, dryRun }: RunOrder): Promise<CleanupResult> {
  const config = { endpoint, region: 'eu-central-1', credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' } };
  if (algorithm !== 'sweep') return baselineCleanup(config, tableName, asOf, algorithm === 'baseline' ? 0 : PAUSE_MS);
  const client = sweepClient(config, systemClock);
  const sweeper = new Sweeper(client, { tableName, asOf, dryRun, policy: DEFAULT_POLICY }, { clock: systemClock });
  const { result } = await sweeper.sweepPart(nothingSwept());
  client.destroy();
  return result;
}

answerOrders(
  async (order: RunOrder): Promise<RunReport> => ({
    ...(await timed(() => cleanup(order))),
    peakMb: process.resourceUsage().maxRSS / 1_024,
  }),
);
