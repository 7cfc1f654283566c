// Station: config. Reads every source, resolves every setting, runs every check, and reports all at once. Called by cli commands.
import { resolve } from 'node:path';
import { type CatalogEntry, catalog, providerCatalog } from './catalog.js';
import { type CheckContext, findNotices, findProblems } from './checks.js';
import type { Resolved } from './field.js';
import type { providerFields } from './fields/llm-fields.js';
import type { Reading } from './given.js';
import type { Notice, Problem } from './problem.js';
import { type ProviderSlot, resolveProviders } from './providers.js';
import { type ConfigRequest, readSources } from './read-sources.js';
import { resolveSettings, type Settings } from './resolve.js';
import type { Config, configFields } from './schema.js';
import type { ConfigFiles } from './sources.js';

/** A configuration that may be started, or everything that is wrong with it. */
export type ConfigResult =
  | { readonly ok: true; readonly config: Config; readonly settings: Settings; readonly notices: readonly Notice[] }
  | {
      readonly ok: false;
      readonly problems: readonly Problem[];
      readonly notices: readonly Notice[];
      /** Nothing was given but secrets, and all of them are good: the problems say what else a start needs. */
      readonly hasOnlySecrets: boolean;
    };

/** Loads the configuration. Never throws for what people wrote; all problems come at once. */
export async function loadConfig(request: ConfigRequest, files: ConfigFiles): Promise<ConfigResult> {
  const problems: Problem[] = [];
  const readings = await readSources(request, files, problems);
  const notices = readings.flatMap((reading) => reading.notices);
  problems.push(...readings.flatMap((reading) => reading.problems));
  const slots = slotsOf(readings);
  const settings = resolveSettings([...catalog, ...slots.flatMap(providerCatalog)], readings, request.mode, problems);
  const hasOnlySecrets = problems.length === 0 && isOnlySecrets(request, settings);
  // Where a value was refused its default stands in, so that the rules about all others are still checked.
  const usable = new Map([...resolveSettings(catalog, [], request.mode, []), ...settings]);
  const plain = build<Resolved<typeof configFields>>(catalog, usable, 0);
  const providers = resolveProviders(
    slots.map((slot) => providerSlot(slot, settings)),
    plain.llm,
    request.mode,
    problems,
  );
  const { kind, dataDir, mongoUri } = plain.store;
  const config: Config = {
    ...plain,
    mode: request.mode,
    store: {
      ...plain.store,
      kind: kind ?? (mongoUri === null ? 'sqlite' : 'mongodb'),
      dataDir: dataDir === null ? null : resolve(request.cwd, dataDir),
    },
    llm: { ...plain.llm, providers },
  };
  const context = contextOf(config, settings);
  problems.push(...findProblems(context));
  // Of what is not there nothing is worth a remark.
  if (!hasOnlySecrets) notices.push(...findNotices(context));
  if (problems.length > 0) return { ok: false, problems, notices, hasOnlySecrets };
  return { ok: true, config, settings: withEffectiveStore(settings, config.store.kind), notices };
}

/** Whether secrets are all that anybody gave: a config file that is named says something, even an empty one. */
function isOnlySecrets({ configFile, env }: ConfigRequest, settings: Settings): boolean {
  const given = [...settings.values()].filter(({ isGiven }) => isGiven);
  const isFileNamed = configFile !== undefined || Boolean(env.CHATBOX_CONFIG);
  return !isFileNamed && given.length > 0 && given.every(({ entry }) => entry.field.secret);
}

/** Which store it is follows from MONGO_URI where STORE does not say: shown as what it came to. */
function withEffectiveStore(settings: Settings, kind: Config['store']['kind']): Settings {
  const setting = settings.get('store.kind');
  return setting === undefined || setting.isGiven
    ? settings
    : new Map([...settings, ['store.kind', { ...setting, value: kind }]]);
}

function slotsOf(readings: readonly Reading[]): readonly number[] {
  const keys = readings.flatMap(({ given }) => [...given.keys()]);
  const slots = keys
    .flatMap((key) => /^llm\.providers\[(\d+)\]/.exec(key)?.[1] ?? [])
    .map((index) => Number(index) + 1);
  return [...new Set(slots)].sort((a, b) => a - b);
}

/** Hangs the values into the shape of the schema. `skip` names of each path are left out. */
function build<T>(entries: readonly CatalogEntry[], settings: Settings, skip: number): T {
  const root: Record<string, unknown> = {};
  for (const entry of entries) {
    const names = entry.path.slice(skip);
    let branch = root;
    for (const name of names.slice(0, -1)) {
      const next = (branch[name] ?? {}) as Record<string, unknown>;
      branch[name] = next;
      branch = next;
    }
    branch[names.at(-1) ?? ''] = settings.get(entry.fileKey)?.value ?? null;
  }
  // The one cast: the tree has the shape of the fields it was built from, which is what T is derived from.
  return root as T;
}

function providerSlot(slot: number, settings: Settings): ProviderSlot {
  const entries = providerCatalog(slot);
  const first = entries.map(({ fileKey }) => settings.get(fileKey)).find((setting) => setting?.isGiven === true);
  return {
    slot,
    settings: build<Resolved<typeof providerFields>>(entries, settings, 3),
    source: first?.origin ?? `LLM_PROVIDER_${slot}_TYPE`,
    isBroken: entries.some(({ fileKey }) => !settings.has(fileKey)),
  };
}

function contextOf(config: Config, settings: Settings): CheckContext {
  const known = new Set(catalog.map(({ fileKey }) => fileKey));
  return {
    config,
    blame: (fileKey) => {
      const setting = settings.get(fileKey);
      return setting?.isGiven === true ? setting.origin : (setting?.entry.env[0] ?? fileKey);
    },
    isGiven: (fileKey) => settings.get(fileKey)?.isGiven === true,
    isRefused: (fileKey) => known.has(fileKey) && !settings.has(fileKey),
  };
}
