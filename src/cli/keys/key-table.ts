// Station: cli/keys. Keys as rows, for people and for programs; and the keys' work on the configured store. Called by the keys commands.
import { systemClock } from '../../common/clock.js';
import { systemRandom } from '../../common/random.js';
import type { KeyStanding, KeyUse, KeyWork, RunningServer } from '../../server/ports/keys.js';
import type { Invocation } from '../command.js';
import { loadOrFail } from '../config-options.js';
import { createProgress } from '../output/progress.js';
import { shapeOf, table } from '../output/table.js';
import { explained } from '../store/store-failure.js';
import { refuseWithoutStore, storeText } from './store-meant.js';

/** A key as the commands print it with --json. */
export interface KeyRow {
  readonly id: string;
  readonly state: 'active' | 'new' | 'old' | 'retired' | 'missing';
  readonly here: boolean;
  /** Servers that open with it, and that seal with it. */
  readonly known_by: number;
  readonly sealing: number;
  /** Values sealed with it; absent where nobody counted. */
  readonly values?: number;
}

/** Opens the keys' work beside the servers, hands it to `use` with what the store is called, and closes it. Makes no store. @throws CliError */
export async function withKeyWork<T>(
  invocation: Invocation,
  use: (work: KeyWork, store: string) => Promise<T>,
): Promise<T> {
  try {
    // As --dev sees it: this needs a store and its keys, not a key for tokens or a model.
    const loaded = await loadOrFail(invocation, 'dev');
    await refuseWithoutStore(invocation, loaded);
    const { config } = loaded;
    const { openKeyWork } = await import('../../server/adapters.js');
    const work = await openKeyWork(config, {
      clock: systemClock,
      random: systemRandom,
      warn: (event) => invocation.output.warn(event),
    });
    try {
      return await use(work, storeText(config));
    } finally {
      await work.close();
    }
  } catch (cause) {
    throw explained(cause);
  }
}

/** Counts everything, with a bar. */
export async function scanned(invocation: Invocation, work: KeyWork, what: string): Promise<KeyUse> {
  const progress = createProgress(invocation, what, () => systemClock.monotonic());
  try {
    return await work.scan({ onProgress: progress.update, isStopped: () => invocation.io.signal.aborted });
  } finally {
    progress.end();
  }
}

/** A key's part in a rotation. */
export function stateOf(key: KeyStanding): KeyRow['state'] {
  if (key.isActive) return 'active';
  if (key.retiredAt !== null) return 'retired';
  if (!key.isHere) return 'missing';
  return key.sealedSince === null ? 'new' : 'old';
}

/** Keys as rows, also those that only the data knows. */
export function keyRows(
  keys: readonly KeyStanding[],
  servers: readonly RunningServer[],
  use: KeyUse | null,
): readonly KeyRow[] {
  const strangers = [...(use?.sealed.keys() ?? [])].filter((id) => !keys.some((key) => key.id === id));
  const unknown = strangers.map(
    (id): KeyStanding => ({ id, isHere: false, isActive: false, sealedSince: null, retiredAt: null }),
  );
  return [...keys, ...unknown].map((key) => ({
    id: key.id,
    state: stateOf(key),
    here: key.isHere,
    known_by: servers.filter(({ keyIds }) => keyIds.includes(key.id)).length,
    sealing: servers.filter(({ activeId }) => activeId === key.id).length,
    ...(use === null ? {} : { values: use.sealed.get(key.id) ?? 0 }),
  }));
}

/** The rows as a table. */
export function keyTable(rows: readonly KeyRow[], serverCount: number, stdout: Invocation['io']['stdout']): string {
  const isCounted = rows.some(({ values }) => values !== undefined);
  return table(
    ['KEY', 'STATE', 'KNOWN BY', 'SEALING', ...(isCounted ? ['VALUES'] : [])],
    rows.map((row) => [
      row.id,
      row.state,
      `${row.known_by} of ${serverCount} servers`,
      String(row.sealing),
      ...(row.values === undefined ? [] : [row.values.toLocaleString('en-US')]),
    ]),
    shapeOf(stdout),
  );
}
