import { join } from 'node:path';
import { Problem } from '../command/problem';
import { ROOT } from './assembly';

const DEFAULTS = { PORT: 3000, DYNAMODB_PORT: 8000 } as const;

/** @throws a problem when the variable is set and no port */
export function portFrom(variable: keyof typeof DEFAULTS): number {
  const text = process.env[variable];
  if (!text) return DEFAULTS[variable];
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new Problem(`${variable} is "${text}"; a port from 0 to 65535 is expected.`);
}

/** Whether a person has set the variable. */
export const isSet = (variable: keyof typeof DEFAULTS | 'DATA_DIR'): boolean => !!process.env[variable];

/** Where the local run keeps its data. */
export const dataFolder = (): string => process.env.DATA_DIR || join(ROOT, '.data');
