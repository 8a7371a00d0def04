import { dynamoCleanupLog } from '../dynamodb/cleanup-log';
import { database } from './database';
import { required } from './environment';

/** The cleanup's runs, as the stack keeps them. */
export const cleanupLog = dynamoCleanupLog(database, required('cleanupRunsTable'));
