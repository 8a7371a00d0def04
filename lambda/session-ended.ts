import { type ChangeRecords, tellEndings } from './runtime/endings';

/**
 * Tells the bus of each session that is gone from the table, whoever ended it. A batch that fails is sent again by
 * the stream, so an event may come twice, with the same `jti`; none is left out.
 */
export const handler = ({ Records }: { readonly Records: ChangeRecords }): Promise<void> => tellEndings(Records);
