// Station: store/encryption. What servers say of their keys in the store: which of them run and what they know, which keys were ever sealed with. Called by adapters and key-work.
import type { Clock, Timer } from '../../../common/clock.js';
import type { RunningServer } from '../../ports/keys.js';
import type { Store } from '../../ports/store.js';
import type { Log } from '../../ports/telemetry.js';

/** The part of a store that this needs. */
export type Notes = Pick<Store<never>, 'note' | 'notes' | 'putNote' | 'dropNote'>;

const serverPrefix = 'server/';
const sealedPrefix = 'sealed-with/';
/** A server that did not say for so long that it runs has died. */
const validMs = 60_000;
const renewMs = 20_000;
/** Clocks of servers differ. */
const graceMs = 5_000;
/** What a dead server left is swept by the next one that starts, after a day. */
const keptMs = 86_400_000;

/** What is kept of a server, as JSON in its note. */
interface ServerNote {
  readonly version: string;
  readonly active: string | null;
  readonly keys: readonly string[];
  readonly tokens?: readonly string[];
  readonly until: number;
}

/** Since when a key was sealed with, and when it was retired. */
export interface SealedWith {
  readonly since: number;
  readonly retiredAt: number | null;
}

/** What a server says of itself. */
export interface Announcement extends RunningServer {
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Says in the store that this server runs and which keys it has, now and every 20 s, until the returned function is called. What is not said for 60 s counts
 * as dead. Rejects with StoreError when it cannot be said the first time.
 */
export async function announceServer(notes: Notes, server: Announcement): Promise<() => Promise<void>> {
  const { clock, log, replicaId, version, activeId, keyIds, tokenKeyIds = [] } = server;
  const name = `${serverPrefix}${replicaId}`;
  let timer: Timer | null = null;
  let isOver = false;
  let said: string | null = null;

  const say = async (): Promise<void> => {
    const until = clock.now() + validMs;
    const note: ServerNote = { version, active: activeId, keys: keyIds, tokens: tokenKeyIds, until };
    const value = JSON.stringify(note);
    // Without a look first: at the start the store's thread of reads is not there yet. A look is due only where the last word was swept, or its outcome not known.
    if (!(await notes.putNote(name, said, value))) await notes.putNote(name, await notes.note(name), value);
    said = value;
  };
  const arm = (): void => {
    timer = clock.after(renewMs, () => {
      say()
        .catch((error: unknown) => log.warn('announcement_failed', {}, error))
        .finally(() => {
          if (!isOver) arm();
        });
    });
  };

  await say();
  if (activeId !== null) await noteSealing(notes, activeId, clock.now());
  arm();
  sweep(notes, clock.now()).catch((error: unknown) => log.warn('announcement_failed', {}, error));
  return async () => {
    isOver = true;
    timer?.cancel();
    const last = await notes.note(name);
    if (last !== null) await notes.dropNote(name, last);
  };
}

/** The servers that run, by what they said of late. */
export async function runningServers(notes: Pick<Notes, 'notes'>, now: number): Promise<readonly RunningServer[]> {
  const said = await notes.notes(serverPrefix);
  return said.flatMap(({ name, value }) => {
    const server = read<ServerNote>(value, (found) => typeof found.until === 'number' && Array.isArray(found.keys));
    if (server === null || server.until + graceMs <= now) return [];
    const { version, active, keys, tokens } = server;
    const replicaId = name.slice(serverPrefix.length);
    const known = Array.isArray(tokens) ? { tokenKeyIds: tokens } : {};
    return [{ replicaId, version, activeId: active, keyIds: keys, ...known }];
  });
}

/** Which keys servers ever sealed with. */
export async function sealedWith(notes: Pick<Notes, 'notes'>): Promise<ReadonlyMap<string, SealedWith>> {
  const found = new Map<string, SealedWith>();
  for (const { name, value } of await notes.notes(sealedPrefix)) {
    const note = read<SealedWith>(value, ({ since }) => typeof since === 'number');
    if (note !== null) found.set(name.slice(sealedPrefix.length), note);
  }
  return found;
}

/** The key is used no more. */
export async function noteRetired(notes: Pick<Notes, 'note' | 'putNote'>, id: string, now: number): Promise<void> {
  const name = `${sealedPrefix}${id}`;
  const value = await notes.note(name);
  const before = value === null ? null : read<SealedWith>(value, ({ since }) => typeof since === 'number');
  const retired: SealedWith = { since: before?.since ?? now, retiredAt: now };
  await notes.putNote(name, value, JSON.stringify(retired));
}

async function noteSealing(notes: Pick<Notes, 'note' | 'putNote'>, id: string, now: number): Promise<void> {
  const name = `${sealedPrefix}${id}`;
  const value = await notes.note(name);
  const before = value === null ? null : read<SealedWith>(value, ({ since }) => typeof since === 'number');
  if (before !== null && before.retiredAt === null) return;
  const note: SealedWith = { since: before?.since ?? now, retiredAt: null };
  await notes.putNote(name, value, JSON.stringify(note));
}

async function sweep(notes: Notes, now: number): Promise<void> {
  for (const { name, value } of await notes.notes(serverPrefix)) {
    const server = read<ServerNote>(value, ({ until }) => typeof until === 'number');
    if (server === null || server.until + keptMs < now) await notes.dropNote(name, value);
  }
}

/** What cannot be read says nothing. */
function read<T>(value: string, isOne: (found: Partial<T>) => boolean): T | null {
  try {
    const found = JSON.parse(value) as Partial<T> | null;
    return found !== null && isOne(found) ? (found as T) : null;
  } catch {
    return null;
  }
}
