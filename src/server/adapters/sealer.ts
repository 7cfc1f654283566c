// Station: app. The layer that seals what is stored, put together. Loaded by adapters in one piece: each file of its own costs a start a millisecond.
import type { Clock } from '../../common/clock.js';
import type { Random } from '../../common/random.js';
import { readEncryptionKeys } from '../config/encryption-keys.js';
import type { Config } from '../config/schema.js';
import type { RunningServer } from '../ports/keys.js';
import type { Sealed, Store, StoreAdapter } from '../ports/store.js';
import type { Log, Meter } from '../ports/telemetry.js';
import { encrypted } from '../store/encryption/encrypted-store.js';
import { checkKeys } from '../store/encryption/key-checks.js';
import { announceServer } from '../store/encryption/key-notes.js';
import { createKeyring, type Keyring } from '../store/encryption/keyring.js';
import { AdapterError } from './deps.js';

/** What a server says of itself beside the keys that it seals with. */
export type ServerFacts = Pick<RunningServer, 'replicaId' | 'version' | 'tokenKeyIds'>;

/** A store that seals, and what is known of its keys. */
export interface SealedStore {
  readonly store: Store;
  readonly keyring: Keyring;
  /** Says in the store that this server runs and which keys it has, until the returned function is called. Rejects with StoreError. */
  announce(server: ServerFacts): Promise<() => Promise<void>>;
}

/** What sealing is done with. */
interface SealDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly meter: Pick<Meter, 'valueUnreadable'>;
}

/** Puts the layer over a store. @throws StoreError; AdapterError for a key that is another than the one that the data was sealed with */
export type Sealer = (store: StoreAdapter<Sealed>, deps: SealDeps) => Promise<SealedStore>;

/** The layer of a configuration; it is there without keys too, to open what was sealed before, or to say that it does not open. */
export function sealer({ encryption }: Config): Sealer {
  const keys = readEncryptionKeys(encryption.keys, encryption.legacyKey);
  return async (store, { clock, log, meter, random }) => {
    if (keys.length > 0) {
      const { wrong, missing } = await checkKeys(store, keys, random);
      if (wrong.length > 0) {
        throw new AdapterError(
          `the key ${wrong.join(', ')} is another than the one of that id that the data was sealed with`,
          'give ENCRYPTION_KEYS as the other servers have it; a new key gets a new id',
        );
      }
      if (missing.length > 0) log.warn('keys_missing', { ids: missing.join(', ') });
    }
    const keyring = createKeyring(keys, random, encryption.mode !== 'off');
    log.info('encryption', { active: keyring.activeId, known: keyring.ids.join(', ') });
    return {
      store: encrypted(store, keyring, (why) => meter.valueUnreadable(why)),
      keyring,
      announce: (server) =>
        announceServer(store, { ...server, activeId: keyring.activeId, keyIds: keyring.ids, clock, log }),
    };
  };
}
