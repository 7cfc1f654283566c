// Station: test/helpers. A store that holds three messages sealed with one key, on SQLite or MongoDB, and the commands that rotate it. Called by the rotation tests.
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/common/clock.js';
import { systemRandom } from '../../src/common/random.js';
import type { RunningServer } from '../../src/server/ports/keys.js';
import type { Sealed } from '../../src/server/ports/store.js';
import { encrypted } from '../../src/server/store/encryption/encrypted-store.js';
import { announceServer } from '../../src/server/store/encryption/key-notes.js';
import { createKeyring } from '../../src/server/store/encryption/keyring.js';
import { type CliResult, runCli } from './cli.js';
import { keyOf } from './key-rotation.js';
import { messageOf, seedOf } from './store-fixtures.js';
import { dropDatabase, freshDatabase, openMongo } from './store-mongodb.js';
import { openThreaded, silentLog, temporaryFolder } from './store-sqlite.js';

/** The key that the messages are sealed with, as ENCRYPTION_KEYS has it. */
export const oldKey = keyOf('k1', 5);

/** The store, and work on it. */
export interface SealedStore {
  /** What finds the store, for a command. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** A server that runs; resolves to what ends it. */
  announce(server: Partial<RunningServer>): Promise<() => Promise<void>>;
  rotate(step: string, path: string, ...more: readonly string[]): Promise<CliResult>;
  /** Seals everything anew with the first of these keys. */
  reseal(keys: string): Promise<CliResult>;
}

/** Makes it. @param mongoUri of a server to make a database in; null for SQLite */
export async function sealedStore(mongoUri: string | null): Promise<SealedStore> {
  const { inner, argv, env } = mongoUri === null ? await onSqlite() : await onMongo(mongoUri);
  const material = { id: 'k1', bytes: Buffer.from(oldKey.slice(3), 'base64') };
  const store = encrypted(inner, createKeyring([material], systemRandom, true), () => undefined);
  await store.createSession(seedOf({ ordinal: 1 }));
  for (let seq = 1; seq <= 3; seq += 1)
    await store.append('ann-1', seq, messageOf(`m${seq}`, { content: `words ${seq}` }));
  const announce = async (server: Partial<RunningServer>) => {
    const said = { replicaId: 'r1', version: '1', activeId: 'k1', keyIds: ['k1'], clock: systemClock, log: silentLog };
    const stop = await announceServer(inner, { ...said, ...server });
    onTestFinished(stop);
    return stop;
  };
  // A server that ran once: the store notes that it sealed with the old key.
  await (await announce({ replicaId: 'r0' }))();
  return {
    argv,
    env,
    announce,
    rotate: (step, path, ...more) =>
      runCli(['secrets', 'rotate', 'encryption', '--step', step, '--source', path, ...argv, ...more], { env }),
    reseal: (keys) => runCli(['keys', 'rotate', ...argv], { env: { ...env, ENCRYPTION_KEYS: keys } }),
  };
}

async function onSqlite() {
  const dataDir = await temporaryFolder();
  return { inner: await openThreaded<Sealed>({ dataDir }), argv: ['--data-dir', dataDir], env: {} };
}

async function onMongo(uri: string) {
  const database = freshDatabase();
  const inner = await openMongo<Sealed>(uri, database);
  onTestFinished(async () => {
    await inner.close();
    await dropDatabase(uri, database);
  });
  return { inner, argv: [], env: { MONGO_URI: uri, MONGO_DATABASE: database } };
}
