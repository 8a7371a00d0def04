import { connectTo } from '../aws/connection';
import { databaseCalls, databaseOptions } from '../dynamodb/client';

/** The container's one way to the database: whatever is kept where, it is the same connections. */
export const database = databaseCalls(connectTo(databaseOptions()));
