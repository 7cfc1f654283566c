// Station: test/contract/store. The SQLite store against the port's promises: on threads as in production, and in one thread for the coverage.
import {
  encryptedInThreadTarget,
  inThreadTarget,
  sealedInThreadTarget,
  threadedTarget,
} from '../../helpers/store-sqlite.js';
import { adapterContract, storeCallsContract, storeContract } from './store-contract.js';

storeContract('the SQLite store on threads', threadedTarget);
storeCallsContract('the SQLite store in one thread', inThreadTarget);
adapterContract('the SQLite adapter in one thread', inThreadTarget, sealedInThreadTarget);
storeCallsContract('the encrypted SQLite store', encryptedInThreadTarget);
