// Station: store/encryption. What the keys commands do with the data: count what each key seals, seal it anew, retire a key. Called by adapters.
import type { Clock } from '../../../common/clock.js';
import type { KeyRun, KeyStanding, KeyUse, KeyWork, Reencrypted } from '../../ports/keys.js';
import {
  type Sealed,
  type StoreAdapter,
  type StoredRecord,
  StoreError,
  type StoreErrorKind,
} from '../../ports/store.js';
import { forgetKeyCheck, notedKeys } from './key-checks.js';
import { noteRetired, runningServers, sealedWith } from './key-notes.js';
import type { Keyring } from './keyring.js';
import { createPageResealing, type PageResealing } from './page-resealing.js';
import { sealedIn } from './reseal.js';
import { startResealThread } from './reseal-thread.js';

/** What the work is done on and with. */
export interface KeyWorkParts {
  readonly store: StoreAdapter<Sealed>;
  readonly keyring: Keyring;
  readonly clock: Clock;
  /** Told what whoever runs the command should know. */
  readonly warn: (what: string) => void;
  close(): Promise<void>;
}

/** As many as can be put anew in one call; fewer where few a second are allowed, so that they are spread over it. */
const pageSize = 500;
const leastPage = 10;
/** Pages that are sealed anew or written at the same time, beside the one that is read: so many that no thread waits for another. */
const maxUnderWay = 5;
/** With fewer records, or fewer a second, a second thread would not be there in time, or have nothing to do. */
const threadFrom = { records: 5_000, perSecond: 10_000 } as const;
/** A database that fails over is back well before. */
const patienceMs = 60_000;
const retryMs = 500;
/** Where re-encryption has come to, and under which key: what a run that was ended left to the next. */
const placeNote = 'reencryption';
/** What was done since the last note is done again by a run that takes over from one that died. */
const noteEveryMs = 1_000;

type PacedRun = KeyRun & { readonly recordsPerSecond: number };

/** What one pass over the records works with. */
interface Pass {
  readonly activeId: string;
  readonly total: number;
  readonly mark: string;
  /** Pages that were begun and may not be written yet. */
  readonly underWay: Promise<void>[];
  readonly reseal: PageResealing;
}

interface Place {
  readonly active: string;
  readonly next: string;
}

/** Makes the work over a store that stays open until `close`. */
export function createKeyWork({ store, keyring, clock, warn, close }: KeyWorkParts): KeyWork {
  const { activeId } = keyring;

  async function scan({ onProgress, isStopped }: KeyRun): Promise<KeyUse> {
    const total = await store.countRecords();
    const sealed = new Map<string, number>();
    let records = 0;
    let plain = 0;
    for (let next: string | null | undefined; next !== null; ) {
      if (isStopped()) return { records, sealed, plain, isWhole: false };
      const page: Awaited<ReturnType<typeof store.records>> = await patiently(clock, () =>
        store.records(next ?? null, pageSize),
      );
      for (const record of page.records) {
        const use = sealedIn(record);
        plain += use.plain;
        for (const [id, count] of use.sealed) sealed.set(id, (sealed.get(id) ?? 0) + count);
      }
      records += page.records.length;
      next = page.next;
      onProgress(records, total);
    }
    return { records, sealed, plain, isWhole: true };
  }

  /**
   * While pages are sealed anew, the one after them is read and the one before them written: four threads have work. What is written after the begin is left
   * out, since who is allowed fewer records a second than others write would never come to an end; a scan says whether that needs another pass.
   */
  async function reencrypt(run: PacedRun): Promise<Reencrypted> {
    if (activeId === null) throw new Error('nothing is sealed anew without an active key');
    const [total, mark] = [await store.countRecords(), await store.recordsMark()];
    const isLarge = total >= threadFrom.records && run.recordsPerSecond >= threadFrom.perSecond;
    const thread = isLarge ? startResealThread({ keyring, clock, warn }) : null;
    const underWay: Promise<void>[] = [];
    try {
      return await reencryptPages(run, {
        activeId,
        total,
        mark,
        underWay,
        reseal: createPageResealing(keyring, thread),
      });
    } finally {
      await Promise.allSettled(underWay);
      await thread?.close();
    }
  }

  async function reencryptPages(
    run: PacedRun,
    { activeId, total, mark, underWay, reseal }: Pass,
  ): Promise<Reencrypted> {
    const place = createPlace(store, activeId);
    const size = Math.min(pageSize, Math.max(leastPage, Math.ceil(run.recordsPerSecond / 4)));
    const sum = { read: 0, rewritten: 0, missed: 0, unreadable: 0 };
    const read = (after: string | null) => begun(patiently(clock, () => store.records(after, size, mark)));
    const write = async (records: readonly StoredRecord<Sealed>[]) => {
      const { changes, unreadable } = await reseal(records);
      const replaced = changes.length === 0 ? [] : await patiently(clock, () => store.rewrite(changes));
      const rewritten = replaced.filter(Boolean).length;
      sum.read += records.length;
      sum.rewritten += rewritten;
      sum.missed += changes.length - rewritten;
      sum.unreadable += unreadable;
      run.onProgress(sum.read, total);
    };
    const written = async () => void (await Promise.all(underWay.splice(0)));

    const startedAt = clock.monotonic();
    let notedAt = startedAt;
    let begunRecords = 0;
    let next = await place.read();
    let reading = read(next);
    for (;;) {
      if (run.isStopped()) {
        await written();
        if (next !== null) await place.reached(next);
        return { ...sum, isWhole: false };
      }
      const { records, next: after } = await reading;
      if (after !== null) reading = read(after);
      // A call leaves for the store's thread when this turn of the event loop is over: before this page keeps this thread busy.
      await new Promise<void>((resolve) => void setImmediate(resolve));
      underWay.push(begun(write(records)));
      if (underWay.length >= maxUnderWay) await underWay.shift();
      begunRecords += records.length;
      next = after;
      if (after === null || clock.monotonic() - notedAt >= noteEveryMs) {
        // What is noted is written: whoever goes on from there must not pass over a page that was lost.
        await written();
        next = await place.reached(after);
        notedAt = clock.monotonic();
        if (next === null) return { ...sum, isWhole: true };
        if (next !== after) reading = read(next);
      }
      const dueMs = (begunRecords / run.recordsPerSecond) * 1_000;
      await pause(clock, startedAt + dueMs - clock.monotonic(), run.isStopped);
    }
  }

  return {
    activeId,
    async standings() {
      const [used, noted] = [await sealedWith(store), await notedKeys(store)];
      const ids = new Set([...keyring.ids, ...noted, ...used.keys()]);
      return [...ids].map((id): KeyStanding => {
        const since = used.get(id);
        return {
          id,
          isHere: keyring.ids.includes(id),
          isActive: id === activeId,
          sealedSince: since?.since ?? null,
          retiredAt: since?.retiredAt ?? null,
        };
      });
    },
    servers: () => runningServers(store, clock.now()),
    scan,
    reencrypt,
    async retire(id) {
      await noteRetired(store, id, clock.now());
      await forgetKeyCheck(store, id);
    },
    close,
  } satisfies KeyWork;
}

/** A promise that is awaited later: its failure is heard then, and is not unhandled until then. */
function begun<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

/** The place that re-encryption has come to, in a note; null for the begin, and after the end. Written by compare-and-set: of two runs the one behind goes on where the other is. */
function createPlace(store: Pick<StoreAdapter<Sealed>, 'note' | 'putNote' | 'dropNote'>, active: string) {
  let said: string | null = null;
  return {
    async read(): Promise<string | null> {
      said = await store.note(placeNote);
      return placeIn(said, active);
    },
    async reached(next: string | null): Promise<string | null> {
      if (next === null) {
        if (said !== null) await store.dropNote(placeNote, said);
        return null;
      }
      const value = JSON.stringify({ active, next } satisfies Place);
      if (value === said) return next;
      if (await store.putNote(placeNote, said, value)) {
        said = value;
        return next;
      }
      said = await store.note(placeNote);
      return placeIn(said, active) ?? next;
    },
  };
}

/** Null for the beginning: nothing was said, or of another key. */
function placeIn(said: string | null, active: string): string | null {
  if (said === null) return null;
  try {
    const place = JSON.parse(said) as Partial<Place>;
    return place.active === active && typeof place.next === 'string' ? place.next : null;
  } catch {
    return null;
  }
}

/** Again and again while the store is away: every call here may be repeated, because what was rewritten already is not found as it was. */
async function patiently<T>(clock: Clock, call: () => Promise<T>): Promise<T> {
  const until = clock.monotonic() + patienceMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const mayPass = error instanceof StoreError && passing.has(error.kind);
      if (!mayPass || clock.monotonic() >= until) throw error;
      await new Promise<void>((resolve) => void clock.after(retryMs, resolve));
    }
  }
}

const passing: ReadonlySet<StoreErrorKind> = new Set(['unavailable', 'unknown_outcome', 'busy']);
const longestPauseMs = 250;

/** Waits in short steps, so that a stop is heeded at once. */
async function pause(clock: Clock, ms: number, isStopped: () => boolean): Promise<void> {
  const until = clock.monotonic() + ms;
  for (let left = ms; left > 0 && !isStopped(); left = until - clock.monotonic()) {
    await new Promise<void>((resolve) => void clock.after(Math.min(left, longestPauseMs), resolve));
  }
}
