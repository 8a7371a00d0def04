import { requestClient } from '../dynamodb/client';

/** The container's one client for requests: whatever it keeps where, it is the same connections. */
export const database = requestClient();
