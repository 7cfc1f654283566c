// Station: ports. The keys of the data and the work on them, as the keys commands see it. Made by adapters.

/** What is known of a key id; of ids that this configuration has, and of those that the store remembers. */
export interface KeyStanding {
  readonly id: string;
  /** Whether the configuration here has the key. */
  readonly isHere: boolean;
  /** Whether new values are sealed with it here. */
  readonly isActive: boolean;
  /** When a server first sealed with it, in milliseconds since 1970; null when none ever did. */
  readonly sealedSince: number | null;
  /** When a scan found no use of it any more and it was retired. A server that seals with it again takes this back. */
  readonly retiredAt: number | null;
}

/** A server that runs now: it says so in the store, again and again. */
export interface RunningServer {
  readonly replicaId: string;
  readonly version: string;
  /** Id of the key that it seals with; null where it seals nothing. */
  readonly activeId: string | null;
  /** Ids of all keys that it opens with. */
  readonly keyIds: readonly string[];
  /** Ids of the keys that it checks tokens with; absent where it did not say, since it is older than they are. */
  readonly tokenKeyIds?: readonly string[];
}

/** How a run over all data is watched and stopped. */
export interface KeyRun {
  /** Told after each page; `total` is what the store thought when the run began. */
  readonly onProgress: (done: number, total: number) => void;
  readonly isStopped: () => boolean;
}

/** What lies in the store, by the key that it is sealed with. */
export interface KeyUse {
  readonly records: number;
  readonly sealed: ReadonlyMap<string, number>;
  /** Texts that are not sealed. */
  readonly plain: number;
  /** False when it was stopped before the end: then the numbers prove nothing. */
  readonly isWhole: boolean;
}

/** What a run of re-encryption did. */
export interface Reencrypted {
  readonly read: number;
  readonly rewritten: number;
  /** Changed by somebody else in the same moment; another run finds them again. */
  readonly missed: number;
  /** Could not be opened with any key here, and are as they were. */
  readonly unreadable: number;
  readonly isWhole: boolean;
}

/** Work on what is sealed, while servers are at work. All methods throw StoreError. */
export interface KeyWork {
  /** Id of the key that new values are sealed with here; null without one. */
  readonly activeId: string | null;
  standings(): Promise<readonly KeyStanding[]>;
  servers(): Promise<readonly RunningServer[]>;
  /** Reads everything, and counts. */
  scan(run: KeyRun): Promise<KeyUse>;
  /**
   * Seals anew, with the active key, what is sealed with another or not at all and lies there when it begins; each record by itself and only where it still
   * lies there as it was read. Goes on where a run that was ended left off. Two at once do no harm: they share the work.
   * @param recordsPerSecond how many records are read a second at the most
   */
  reencrypt(run: KeyRun & { readonly recordsPerSecond: number }): Promise<Reencrypted>;
  /** Says that the key is used no more: servers without it are not warned of it any longer. */
  retire(id: string): Promise<void>;
  close(): Promise<void>;
}
