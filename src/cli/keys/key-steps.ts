// Station: cli/keys. Which step of a rotation comes next: add, spread, promote, seal anew, retire. Pure; called by rotate-keys.
import type { KeyStanding, RunningServer } from '../../server/ports/keys.js';
import { stateOf } from './key-table.js';

/** What a person has to do before the data can be worked on, or null. `isRefused`: working on it now would make something unreadable. */
export interface Step {
  readonly step: 'add' | 'spread' | 'promote' | 'remove' | 'repair' | 'again';
  readonly next: string;
  readonly isRefused: boolean;
}

/** What stands in the way before anything is sealed anew. */
export function beforeResealing(
  activeId: string,
  keys: readonly KeyStanding[],
  servers: readonly RunningServer[],
): Step | null {
  const blind = servers.filter(({ keyIds }) => !keyIds.includes(activeId));
  if (blind.length > 0) {
    return {
      step: 'spread',
      next: `what ${activeId} seals could not be opened by ${named(blind)}: add it second to ENCRYPTION_KEYS there, restart, and run this again`,
      isRefused: true,
    };
  }
  const fresh = keys.find((key) => stateOf(key) === 'new');
  if (fresh === undefined) return null;
  const without = servers.filter(({ keyIds }) => !keyIds.includes(fresh.id));
  if (without.length > 0) {
    return {
      step: 'spread',
      next: `the new key ${fresh.id} is not known to ${named(without)} yet: add it second to ENCRYPTION_KEYS there, restart, and run this again`,
      isRefused: true,
    };
  }
  const who = servers.length === 0 ? 'no server runs' : `all ${servers.length} running servers know it`;
  return {
    step: 'promote',
    next: `${who}: put ${fresh.id} first in ENCRYPTION_KEYS everywhere, restart, and run this again`,
    isRefused: false,
  };
}

/** What keeps the other keys from being retired though nothing is sealed with them any more: servers that still seal with one. */
export function beforeRetiring(activeId: string, servers: readonly RunningServer[]): Step | null {
  const behind = servers.filter((server) => server.activeId !== activeId);
  if (behind.length === 0) return null;
  return {
    step: 'promote',
    next: `another key still seals on ${named(behind)}: put ${activeId} first in ENCRYPTION_KEYS there, restart, and run this again`,
    isRefused: true,
  };
}

/** What comes after a rotation that is through. */
export function afterRetiring(activeId: string, keys: readonly KeyStanding[], retired: readonly string[]): Step {
  const leftHere = keys.filter(({ id, isHere }) => isHere && id !== activeId).map(({ id }) => id);
  const gone = [...new Set([...retired, ...leftHere])];
  if (gone.length > 0) {
    return {
      step: 'remove',
      next: `everything is sealed with ${activeId}: remove ${gone.join(', ')} from ENCRYPTION_KEYS (or ENCRYPTION_KEY) everywhere, and restart`,
      isRefused: false,
    };
  }
  return {
    step: 'add',
    next: `everything is sealed with ${activeId}; to rotate, add a new key second to ENCRYPTION_KEYS everywhere, restart, and run this again`,
    isRefused: false,
  };
}

function named(servers: readonly RunningServer[]): string {
  const ids = servers.map(({ replicaId }) => replicaId);
  return ids.length === 1 ? `server ${ids[0]}` : `servers ${ids.join(', ')}`;
}
