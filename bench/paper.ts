import { CONCURRENT_BATCHES } from '../lambda/cleanup/batch-deleter';
import { CONCURRENT_PAGES } from '../lambda/cleanup/sweep';
import prices from '../tools/prices.json';
import { SERVICE_MS } from './dynamodb-model';
import { short } from './statistics';

export const PRICE = prices.dynamodb;
/** What a table accepts per second by default: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
export const DEFAULT_QUOTA = { readUnits: 40_000, writeUnits: 40_000 };

const SIZES = [1e6, 1e7, 1e8, 1e9];
export const ITEM_BYTES = 490;
const PAGE_MB = 1;
const ITEMS_A_PAGE = (PAGE_MB * 1024 * 1024) / ITEM_BYTES;
const BATCH = 25;
export const UNITS_A_DELETION = 2;
export const OVER_SHARE = 0.1;

/**
 * Calculates time and price of a run. The slowest of reading, deleting, the default quotas and one CPU like this
 * machine's decides the time.
 * @param examinedPerCpuSecond as measured, including the deletes
 */
export function paperTable(examinedPerCpuSecond: number) {
  return SIZES.map((sessions) => {
    const over = sessions * OVER_SHARE;
    const readUnits = (sessions * ITEM_BYTES) / 8_192;
    const writeUnits = over * UNITS_A_DELETION;
    const pageMs = SERVICE_MS.scan + SERVICE_MS.scanMegabyte * PAGE_MB;
    const bounds: [string, number][] = [
      ['reading', ((sessions / ITEMS_A_PAGE) * pageMs) / CONCURRENT_PAGES / 1_000],
      ['deleting', ((over / BATCH) * SERVICE_MS.batch) / CONCURRENT_BATCHES / 1_000],
      ['read quota', readUnits / DEFAULT_QUOTA.readUnits],
      ['write quota', writeUnits / DEFAULT_QUOTA.writeUnits],
      ['CPU', sessions / examinedPerCpuSecond],
    ];
    const [bound, seconds] = bounds.reduce((slowest, each) => (each[1] > slowest[1] ? each : slowest));
    const dollars = (readUnits * PRICE.perMillionReadUnits + writeUnits * PRICE.perMillionWriteUnits) / 1e6;
    return { sessions, seconds, bound, dollars };
  });
}

export function duration(seconds: number): string {
  if (seconds < 120) return `${short(seconds)} s`;
  return seconds < 7_200 ? `${short(seconds / 60)} min` : `${short(seconds / 3_600)} h`;
}
