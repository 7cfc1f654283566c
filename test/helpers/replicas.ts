// Station: test/helpers. Several servers on one store, with a bus between them or without. Called by tests of replicas.
import type { AppSettings } from '../../src/server/app-settings.js';
import { createLocalBus } from '../../src/server/bus/local-bus.js';
import type { Bus } from '../../src/server/ports/bus.js';
import type { LlmProvider } from '../../src/server/ports/llm.js';
import { StoreError } from '../../src/server/ports/store.js';
import { recordingLog, type TestApp } from './app.js';
import { type AppStore, sqlite } from './app-stores.js';
import { type GatedModel, gatedModel } from './gated-model.js';

/** Whether rings reach the other replicas. */
export type BusBetween = 'one bus' | 'no bus';

/** Two servers on one store, and the model that both ask. */
export interface Replicas {
  readonly a: TestApp;
  readonly b: TestApp;
  readonly model: GatedModel;
  /** What both wrote to their logs. */
  readonly log: ReturnType<typeof recordingLog>;
}

/** What a test may change of both. */
export interface ReplicaOptions {
  /** Default SQLite. */
  readonly store?: AppStore;
  /** What both ask in the place of the gated model. */
  readonly provider?: LlmProvider;
  readonly frames?: Partial<AppSettings['frames']>;
  readonly chat?: Partial<AppSettings['chat']>;
  readonly shutdown?: Partial<AppSettings['shutdown']>;
}

/** Runs `use` with two replicas and removes them after it. A replica that the test killed, by closing its store, may fail to stop. */
export async function withReplicas(
  between: BusBetween,
  options: ReplicaOptions,
  use: (replicas: Replicas) => Promise<void>,
): Promise<void> {
  const database = await (options.store ?? sqlite).database();
  const log = recordingLog();
  const model = gatedModel();
  const shared = createLocalBus((error) => log.error('event_failed', {}, error));
  // A bus that both share outlives the first that stops.
  const bus: Bus = { ...shared, close: async () => undefined };
  const start = (replicaId: string) =>
    database.start({
      log,
      providers: [options.provider ?? model.provider],
      ...(between === 'one bus' ? { bus } : {}),
      settings: (all) => ({
        ...all,
        chat: { ...all.chat, ...options.chat, replicaId, isSoleReplica: false },
        frames: { ...all.frames, ...options.frames },
        shutdown: { ...all.shutdown, ...options.shutdown },
      }),
    });
  const a = await start('replica-a');
  const b = await start('replica-b');
  try {
    await use({ a, b, model, log });
  } finally {
    await Promise.all([a, b].map((app) => app.stop().catch(forgiveClosed)));
    await shared.close();
    await database.remove();
  }
}

/** A replica whose store the test closed under it has nothing left to stop properly. */
function forgiveClosed(reason: unknown): void {
  if (!(reason instanceof StoreError) || reason.kind !== 'closed') throw reason;
}
