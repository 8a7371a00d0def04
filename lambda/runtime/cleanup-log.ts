import { dynamoCleanupLog } from '../dynamodb/cleanup-log';
import { requestClient } from '../dynamodb/client';
import { required } from './environment';

/** The cleanup's runs, as the stack keeps them. */
export const cleanupLog = dynamoCleanupLog(requestClient(), required('cleanupRunsTable'));
