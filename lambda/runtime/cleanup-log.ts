import { dynamoCleanupLog } from '../cleanup/cleanup-log';
import { database } from './database';
import { required } from './environment';

const table = required('cleanupRunsTable');

/** The cleanup's runs, as the stack keeps them. */
export const cleanupLog = dynamoCleanupLog(database, table);

/** The same, all of whose calls come to an end by an instant, epoch milliseconds: for one request. */
export const cleanupLogUntil = (deadline: number) => dynamoCleanupLog(database.until(deadline), table);
