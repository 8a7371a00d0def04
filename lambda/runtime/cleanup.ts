import { RunLog } from '../cleanup/run-log';
import { sweepClient } from '../cleanup/sweep';
import { databaseCalls, databaseOptions } from '../dynamodb/client';
import { required } from './environment';
import { clock } from './wiring';

/** The cleanup's recorded runs. A request takes `until` its deadline. */
export const runLog = (): RunLog => new RunLog(databaseCalls(databaseOptions(), clock), required('cleanupRunsTable'));

/** What the cleanup calls the sessions table with. */
export const cleanupClient = () => sweepClient(databaseOptions(), clock);
