import { memoryStore } from '../support/memory-store';
import { storeContract } from './contract';

storeContract('in memory', () => {
  const store = memoryStore();
  return { store, put: store.create };
});
