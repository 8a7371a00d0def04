import { nothingSwept } from '../lambda/cleanup/progress';
import { Sweeper } from '../lambda/cleanup/sweep';
import { sweepClient } from '../lambda/cleanup/sweep-client';
import type { CleanupResult } from '../lambda/domain/cleanup';
import { DEFAULT_POLICY } from '../lambda/domain/session';
import { incumbentCleanup } from './incumbent';

export type Algorithm = 'sweep' | 'incumbent' | 'incumbent with pauses';

/** What a run is to do; handed over as JSON in the process's first argument. */
export interface RunOrder {
  readonly algorithm: Algorithm;
  readonly endpoint: string;
  readonly tableName: string;
  /** Epoch milliseconds. */
  readonly asOf: number;
  /** Examines and judges only; for the sweep. */
  readonly dryRun?: boolean;
}

/** What a run took; printed as a line of JSON. */
export interface RunReport {
  readonly result: CleanupResult;
  /** From just before the cleanup begins, with everything loaded; the client is made within it. */
  readonly wallMs: number;
  /** User and system time of all threads, over the same span. This is the one that is quoted. */
  readonly cpuMs: number;
  /** The whole process's, its start and the loading of its code included. */
  readonly processCpuMs: number;
  /** The most memory that the process ever held, MB of 2^20 bytes. */
  readonly peakMb: number;
}

const PAUSE_MS = 100;

async function cleanup({ algorithm, endpoint, tableName, asOf, dryRun }: RunOrder): Promise<CleanupResult> {
  const config = { endpoint, region: 'eu-central-1', credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' } };
  if (algorithm !== 'sweep') return incumbentCleanup(config, tableName, asOf, algorithm === 'incumbent' ? 0 : PAUSE_MS);
  const client = sweepClient(config);
  const { result } = await new Sweeper(client, { tableName, asOf, dryRun, policy: DEFAULT_POLICY }).sweepPart(
    nothingSwept(),
  );
  client.destroy();
  return result;
}

const milliseconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1_000;

/** One measured run, in a process of its own. */
async function main(): Promise<void> {
  const order = JSON.parse(process.argv[2] ?? '') as RunOrder;
  const cpu = process.cpuUsage();
  const began = performance.now();
  const result = await cleanup(order);
  const report: RunReport = {
    result,
    wallMs: performance.now() - began,
    cpuMs: milliseconds(process.cpuUsage(cpu)),
    processCpuMs: milliseconds(process.cpuUsage()),
    peakMb: process.resourceUsage().maxRSS / 1_024,
  };
  console.log(JSON.stringify(report));
}

void main();
