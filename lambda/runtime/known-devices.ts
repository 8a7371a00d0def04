import { databaseCalls, databaseOptions } from '../dynamodb/client';
import { knownDevices } from '../dynamodb/known-devices';
import { required } from './environment';
import { clock } from './wiring';

/** Tells whether a kind of device is new to its user. @param days for which one is remembered */
export const deviceMemory = (days: number) =>
  knownDevices(databaseCalls(databaseOptions(), clock), { table: required('signInsTable'), days });
