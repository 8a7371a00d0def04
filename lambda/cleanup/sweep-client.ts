import type { Calls } from '../aws/calls';
import { type ConnectionOptions, connectTo } from '../aws/connection';
import { databaseCalls, databaseOptions } from '../dynamodb/client';

/** For a sweep: many connections, and time for a full page. The sweep itself tries again. */
export const sweepClient = (options: ConnectionOptions = databaseOptions()): Calls =>
  databaseCalls(connectTo(options, 256), { attempts: 1, attemptMs: 20_000 });
