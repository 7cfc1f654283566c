// Station: ops. Whether this server should get traffic, and how what it depends on is. Called by the probes; told by app when it has booted and drains.
import type { Clock } from '../../common/clock.js';
import type { Dependency, ReadinessReport } from '../../protocol/http-probes.js';
import type { LlmProvider } from '../ports/llm.js';
import { type Store, StoreError } from '../ports/store.js';

/** How a dependency is; `reason` is read by anyone, so it names no host, path or upstream text. */
export type Health = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Asks a dependency. May reject; then it is not ready. */
export type HealthCheck = () => Health | Promise<Health>;

/** What readiness is told. */
export interface ReadinessSettings {
  readonly checks: Readonly<Partial<Record<Dependency, HealthCheck>>>;
  /** Whether a store that cannot be reached makes the server not ready; else only its check says so. */
  readonly requiresStore: boolean;
  /** A check that takes longer is not ready. Default 2,000 ms. */
  readonly deadlineMs?: number;
  /** Checks are asked at most this often, however often the probe is. Default 1,000 ms. */
  readonly cacheMs?: number;
}

/** Whether this server should get traffic. */
export interface Readiness {
  report(): Promise<ReadinessReport>;
  /** From now on it is ready. */
  booted(): void;
  /** From now on it is not, for good. */
  draining(): void;
}

/** Makes readiness: not ready until it is told that the server has booted. */
export function createReadiness(settings: ReadinessSettings, { clock }: { readonly clock: Clock }): Readiness {
  const { deadlineMs = 2_000, cacheMs = 1_000 } = settings;
  const checks = Object.entries(settings.checks).map(
    ([name, check]) => [name as Dependency, cached(check, { deadlineMs, cacheMs }, clock)] as const,
  );
  let phase: 'booting' | 'serving' | 'draining' = 'booting';

  return {
    async report() {
      const healths = await Promise.all(checks.map(async ([name, check]) => [name, await check()] as const));
      const isBlocked = healths.some(([name, { ok }]) => !ok && settings.requiresStore && isStore(name));
      const isReady = phase === 'serving' && !isBlocked;
      return {
        status: isReady ? 'ready' : 'not ready',
        timestamp: new Date(clock.now()).toISOString(),
        checks: Object.fromEntries(healths.map(([name, health]) => [name, checkView(health)])),
      };
    },
    booted() {
      if (phase === 'booting') phase = 'serving';
    },
    draining() {
      phase = 'draining';
    },
  };
}

/** Asks the store for a proof of life. */
export function storeCheck(store: Pick<Store, 'ping'>): HealthCheck {
  return async () => {
    await store.ping();
    return { ok: true };
  };
}

/** Models are there as long as one provider is. */
export function llmCheck(providers: readonly Pick<LlmProvider, 'name' | 'health'>[]): HealthCheck {
  return () => {
    const failing = providers.filter((provider) => !provider.health().ok).length;
    if (failing < providers.length) return { ok: true };
    return {
      ok: false,
      reason: providers.length === 1 ? 'the last calls of the model failed' : 'the last calls of every model failed',
    };
  };
}

function isStore(name: Dependency): boolean {
  return name === 'sqlite' || name === 'mongodb';
}

function checkView(health: Health): ReadinessReport['checks'][Dependency] {
  return health.ok ? { status: 'ready' } : { status: 'not ready', reason: health.reason };
}

/** How long a probe waits for a dependency that was ill when it was asked last. */
const illPatienceMs = 250;

/**
 * A check that is asked at most every `cacheMs` and answers within `deadlineMs`. One that hangs is not asked again before it settled: whoever probes
 * must not be able to pile up questions on something that is ill. And only the first probe of an outage waits the whole deadline, since an orchestrator
 * takes a slow answer for none: a store that hangs would make a server unready that is not to depend on it.
 */
function cached(
  check: HealthCheck,
  { deadlineMs, cacheMs }: { readonly deadlineMs: number; readonly cacheMs: number },
  clock: Clock,
): () => Promise<Health> {
  let latest: { readonly health: Health; readonly at: number } | null = null;
  let running: Promise<Health> | null = null;

  const ask = async (): Promise<Health> => {
    const health = await outcome(check);
    latest = { health, at: clock.monotonic() };
    running = null;
    return health;
  };

  return async () => {
    if (running === null && latest !== null && clock.monotonic() - latest.at < cacheMs) return latest.health;
    const patienceMs = latest?.health.ok === false ? Math.min(illPatienceMs, deadlineMs) : deadlineMs;
    running ??= ask();
    const late: Health = { ok: false, reason: `no answer within ${deadlineMs} ms` };
    const health = await firstOf(running, patienceMs, late, clock);
    if (health === late) latest = { health, at: clock.monotonic() };
    return health;
  };
}

async function outcome(check: HealthCheck): Promise<Health> {
  try {
    return await check();
  } catch (error) {
    return { ok: false, reason: error instanceof StoreError ? `the store is ${error.kind}` : 'the check failed' };
  }
}

/** `answer`, or `late` after `ms`. */
function firstOf(answer: Promise<Health>, ms: number, late: Health, clock: Clock): Promise<Health> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, () => resolve(late));
    void answer.then((health) => {
      timer.cancel();
      resolve(health);
    });
  });
}
