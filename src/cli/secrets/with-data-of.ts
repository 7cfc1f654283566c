// Station: cli/secrets. A command as if the store of a set had been named in its environment. Called by run-rotate and run-rotate-jwt.
import { catalog } from '../../server/config/catalog.js';
import { secretOf } from '../../server/config/read-sources.js';
import type { Invocation } from '../command.js';
import type { SetReading } from './read-set.js';

/** Names of the settings by which the data is found and opened. Others of the set (a provider's key without its provider) are no whole configuration. */
const ofData = new Set(
  catalog.filter(({ path: [section] }) => section === 'store' || section === 'encryption').flatMap(({ env }) => env),
);

/** Lays what the set says of the data, its keys among it, over the environment, so that the set need be named only once. */
export function withDataOf(set: SetReading, invocation: Invocation): Invocation {
  const over = set.values.filter((value) => ofData.has(value.name));
  const env = {
    ...invocation.io.env,
    ...Object.fromEntries(over.map((value) => [value.name, secretOf(value.raw)])),
  };
  return { ...invocation, io: { ...invocation.io, env } };
}
