// Station: cli/keys. Which store a command on keys looks at: one that somebody named, or that is there; an empty one that it made itself would approve of everything. Called by key-table and run-rotate-jwt.
import type { Config } from '../../server/config/schema.js';
import type { Invocation } from '../command.js';
import type { Loaded } from '../config-options.js';
import { CliError, exitCodes } from '../exit-codes.js';

/** What says where the data is, for each kind of store: a MONGO_URI in a set does not name the folder of a SQLite store. */
const namedBy = { sqlite: 'store.dataDir', mongodb: 'store.mongoUri' } as const;

/** Whether a flag, the environment, a file or the set says where the data is. */
export function isStoreNamed({ config, settings }: Pick<Loaded, 'config' | 'settings'>): boolean {
  return settings.get(namedBy[config.store.kind])?.isGiven === true;
}

/** The store as a person knows it; never its credentials. */
export function storeText({ store }: Config): string {
  return store.kind === 'mongodb' ? `the MongoDB database ${store.mongoDatabase}` : `the store in ${store.dataDir}`;
}

/**
 * Makes sure that the configured store is there, and says on stderr which one it is where nobody named it.
 * @throws CliError (config) where none is, so that none is made
 */
export async function refuseWithoutStore(invocation: Invocation, loaded: Loaded): Promise<void> {
  const { config, settings } = loaded;
  const { hasStore } = await import('../../server/adapters.js');
  const isThere = await hasStore(config);
  if (isStoreNamed(loaded)) {
    if (isThere) return;
    throw new CliError(
      exitCodes.config,
      `there is no store in ${config.store.dataDir} (${settings.get('store.dataDir')?.origin ?? 'default'}), so nothing is known of the data`,
      'name the folder of the servers as it is found from here: --data-dir',
    );
  }
  if (!isThere)
    throw new CliError(
      exitCodes.config,
      `no store is named, and there is none in ${config.store.dataDir}`,
      'give --config, --data-dir or MONGO_URI, as the servers have it',
    );
  invocation.output.warn(`no store is named: this looks at ${storeText(config)}, and at no other`);
}
