export { createSessionClient } from './client';
export * from './errors';
export type * from './interface';
export type * from './types';
export type { WatchOptions } from './watch';
