import { memoryStore } from '../support/memory-store';
import { storeContract } from './contract';

storeContract('in memory', memoryStore);
