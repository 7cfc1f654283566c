// Station: main. The composition root: configuration to adapters to app, the signal, the one deadline. Called by the serve command.
import { systemClock } from '../common/clock.js';
import { systemRandom, toHex } from '../common/random.js';
import { openBus, openModels, storeOpener } from './adapters.js';
import type { Listening } from './app.js';
import { readJwtKeys } from './config/jwt-keys.js';
import type { Config } from './config/schema.js';
import { createLog } from './ops/log.js';
import { createMetrics } from './ops/metrics.js';
import type { Log } from './ports/telemetry.js';

/** What the serve command hands over. */
export interface ServeOptions {
  readonly config: Config;
  readonly version: string;
  /** Fires on SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
  /** Where log lines go. */
  readonly logTo: { write(line: string): unknown };
  /** Called once, when it listens. May reject: then the server stops and `serve` rejects. */
  onListening(info: Listening): Promise<void> | void;
  /** Ends the process at once with this code, when the shutdown is not done by its deadline: the one forced exit there is. */
  forceExit(code: number): void;
}

const failureCode = 1;

/** Runs the server until the signal fires. Resolves to the exit code: 0 after a whole shutdown, 1 after one that failed. Rejects when it can't start. */
export async function serve(options: ServeOptions): Promise<number> {
  const { config } = options;
  const replicaId = toHex(systemRandom.bytes(8));
  const log = createLog({
    level: config.log.level,
    destination: options.logTo,
    clock: systemClock,
    base: { replica: replicaId },
  });
  const metrics = createMetrics({ storeKind: config.store.kind, readProcess });
  const deps = { clock: systemClock, random: systemRandom, log, meter: metrics.meter };

  const openStore = await storeOpener(config);
  // The thread of the store starts while this one loads the rest of the house, which takes longer.
  const opening = openStore(deps);
  const loading = Promise.all([import('./app.js'), import('./app-settings.js')]);
  const opened = await opening;
  const closers: (() => Promise<void> | void)[] = [() => opened.close()];
  // A server that serves is known as one, so that nobody retires a key that it seals with. It is written while the rest is put together.
  const tokenKeyIds = readJwtKeys(config.auth.jwtKeys, null).flatMap(({ kid }) => kid ?? []);
  const announcing = opened.announce({ replicaId, version: options.version, tokenKeyIds });
  announcing.catch(() => undefined);
  try {
    const models = await openModels(config, deps);
    closers.unshift(() => models.close());
    const bus = openBus(deps);
    closers.unshift(() => bus.close());
    const [{ createApp }, { appSettings }] = await loading;
    const settings = appSettings(config, { version: options.version, replicaId });
    const app = await createApp({ ...deps, store: opened.store, bus, models, metrics }, settings);
    closers.unshift(await announcing);
    closers.unshift(() => app.stop());
    const listening = await app.start();
    log.info('listening', { url: listening.httpUrl, ops: listening.opsUrl, version: options.version });
    await options.onListening(listening);
    await aborted(options.signal);
    return await shutDown(closers, options, log);
  } catch (error) {
    await closeAll(closers, log);
    throw error;
  } finally {
    metrics.close();
  }
}

function readProcess() {
  const memory = process.memoryUsage();
  const cpu = process.cpuUsage();
  return {
    residentBytes: memory.rss,
    heapUsedBytes: memory.heapUsed,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    startedAtSeconds: Date.now() / 1_000 - process.uptime(),
  };
}

/** Stops everything, with the one deadline over all of it (DESIGN.md section 6; finding L6). */
async function shutDown(
  closers: readonly (() => Promise<void> | void)[],
  { config, forceExit }: ServeOptions,
  log: Log,
): Promise<number> {
  log.info('shutting_down', { timeout_ms: config.shutdown.timeoutMs });
  const deadline = systemClock.after(config.shutdown.timeoutMs, () => {
    log.error('shutdown_overdue', { timeout_ms: config.shutdown.timeoutMs });
    forceExit(failureCode);
  });
  const isWhole = await closeAll(closers, log);
  deadline.cancel();
  log.info('stopped', { whole: isWhole });
  return isWhole ? 0 : failureCode;
}

/** Closes one after another; one that fails does not keep the rest open. */
async function closeAll(closers: readonly (() => Promise<void> | void)[], log: Log): Promise<boolean> {
  let isWhole = true;
  for (const close of closers) {
    try {
      await close();
    } catch (error) {
      isWhole = false;
      log.error('close_failed', {}, error);
    }
  }
  return isWhole;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
