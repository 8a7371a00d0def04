declare module 'dynalite' {
  import type { Server } from 'node:http';
  /** @param options `path`: where the data is kept, in memory when absent; the times are milliseconds */
  export default function dynalite(options: { path?: string; createTableMs?: number; deleteTableMs?: number }): Server;
}
