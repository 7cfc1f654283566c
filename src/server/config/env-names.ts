// Station: config. Which environment names are ours, which belong to others, which were misspelt. Called by the readers of environment and files of secrets.
import { nearest } from '../../common/nearest.js';
import { catalog, maxProviders, otherEnvNames, providerCatalog } from './catalog.js';
import { unusedName } from './unused-names.js';

/** What an environment name is to us. */
export type EnvName =
  | { readonly kind: 'setting' }
  | { readonly kind: 'provider'; readonly slot: number }
  /** Known from other versions or deployments, and without effect here. */
  | { readonly kind: 'unused'; readonly notice: string }
  /** Ours by its prefix, and unknown. */
  | { readonly kind: 'unknown'; readonly fix: string | null }
  /** None of ours, but one letter off: worth a notice. */
  | { readonly kind: 'near'; readonly meant: string }
  | { readonly kind: 'foreign' };

const settingNames = new Set(catalog.flatMap(({ env }) => env));
const otherNames = new Set<string>(otherEnvNames);
const providerSuffixes = new Set(
  providerCatalog(1).flatMap(({ env }) => env.map((name) => name.slice('LLM_PROVIDER_1_'.length))),
);
const knownNames = [...settingNames, ...otherNames];

// What Kubernetes puts into every pod for each Service of its namespace, when a Service's name begins with "chatbox".
const serviceName =
  /^CHATBOX_(?:[A-Z0-9_]+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;

/** Whether Kubernetes set this variable for a Service: `CHATBOX_PORT=tcp://10.0.0.1:80`. */
export function isServiceVariable(name: string, value: string): boolean {
  return (name.endsWith('_PORT') && /^(?:tcp|udp|sctp):\/\/\S+:\d+$/.test(value)) || serviceName.test(name);
}

/** Tells what `name` is. */
export function classifyEnvName(name: string): EnvName {
  if (settingNames.has(name) || otherNames.has(name)) return { kind: 'setting' };
  const provider = /^LLM_PROVIDER_(\d+)_(.+)$/.exec(name);
  if (provider !== null) return classifyProviderName(Number(provider[1]), provider[2] ?? '');
  const notice = unusedName(name);
  if (notice !== null) return { kind: 'unused', notice };
  if (name.startsWith('CHATBOX_TEST_')) return { kind: 'foreign' };
  if (name.startsWith('CHATBOX_')) return { kind: 'unknown', fix: didYouMean(nearest(name, knownNames)) };
  // Other programs have variables too: outside our prefix only the nearest miss of a long name counts.
  const meant = name.length >= 6 ? nearest(name, knownNames, 1) : null;
  return meant === null ? { kind: 'foreign' } : { kind: 'near', meant };
}

function classifyProviderName(slot: number, suffix: string): EnvName {
  if (slot < 1 || slot > maxProviders)
    return { kind: 'unknown', fix: `providers are numbered from 1 to ${maxProviders}` };
  if (providerSuffixes.has(suffix)) return { kind: 'provider', slot };
  const meant = nearest(suffix, providerSuffixes);
  return { kind: 'unknown', fix: didYouMean(meant === null ? null : `LLM_PROVIDER_${slot}_${meant}`) };
}

/** `did you mean …?`, where there is something to be meant. */
export function didYouMean(meant: string | null): string | null {
  return meant === null ? null : `did you mean ${meant}?`;
}
