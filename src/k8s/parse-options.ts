// Station: k8s. Options as given become typed values; everything wrong with them is said at once. Called by the render command and its tests.
import { nearest } from '../common/nearest.js';
import { didYouMean } from '../server/config/env-names.js';
import { network, origin, pathPrefix } from '../server/config/network-parsers.js';
import { duration, flag, listOf, oneOf, type Parser, text, wholeNumber } from '../server/config/parsers.js';
import { isPlaceholder } from '../server/config/placeholder.js';
import { type Problem, quoted } from '../server/config/problem.js';
import { type OptionName, renderOptions } from './option-list.js';
import {
  certificateName,
  cpuQuantity,
  dnsLabel,
  imageReference,
  label,
  labelText,
  mebibytes,
  objectName,
  publicHost,
} from './value-parsers.js';

const parsers = {
  image: imageReference,
  host: publicHost,
  namespace: dnsLabel(63),
  existingNamespace: flag,
  // Longer names would not leave room for what is put behind them.
  name: dnsLabel(40),
  replicas: wholeNumber(1, 1_000),
  maxReplicas: wholeNumber(1, 1_000),
  store: oneOf(['mongodb', 'sqlite']),
  storage: mebibytes(64, 16_777_216),
  storageClass: objectName,
  config: text(4_096),
  pathPrefix,
  route: oneOf(['gateway', 'ingress']),
  gateway: objectName,
  gatewayNamespace: dnsLabel(63),
  gatewayListener: objectName,
  ingressClass: objectName,
  controllerNamespace: dnsLabel(63),
  controllerLabels: listOf(label, 20),
  tlsSecret: certificateName,
  clusterIssuer: objectName,
  secretName: objectName,
  secretVersion: labelText,
  origins: listOf(origin, 100),
  trustedProxies: listOf(network, 100),
  cpu: cpuQuantity,
  cpuLimit: cpuQuantity,
  memory: mebibytes(128, 262_144),
  preStop: duration(1_000, 600_000),
  grace: duration(1_000, 7_200_000),
  egressPorts: listOf(wholeNumber(1, 65_535), 50),
  monitoring: flag,
  monitoringNamespace: dnsLabel(63),
  monitoringLabels: listOf(label, 20),
  withDevDependencies: flag,
} as const satisfies Readonly<Record<OptionName, Parser<unknown>>>;

/** The options that were given, as values. */
export type OptionValues = {
  readonly [K in OptionName]?: (typeof parsers)[K] extends Parser<infer T> ? T : never;
};

/** An option as somebody wrote it. */
export interface RawOption {
  readonly name: string;
  readonly raw: string;
  /** `--image`, `render.yaml image`. */
  readonly source: string;
}

/** Options as values, and what is wrong with the others. */
export interface ParsedOptions {
  readonly values: OptionValues;
  /** Where each was given. */
  readonly sources: ReadonlyMap<OptionName, string>;
  readonly problems: readonly Problem[];
}

const names = Object.keys(renderOptions);

function isOption(name: string): name is OptionName {
  return Object.hasOwn(renderOptions, name);
}

/** Parses options; of two with one name the first counts. */
export function parseOptions(given: readonly RawOption[]): ParsedOptions {
  const values: Record<string, unknown> = {};
  const sources = new Map<OptionName, string>();
  const problems: Problem[] = [];
  const held = new Map<OptionName, string>();
  for (const { name, raw, source } of given) {
    if (!isOption(name)) {
      problems.push({ source, message: 'is not a known option', fix: didYouMean(nearest(name, names)) });
      continue;
    }
    // R16: also where a stronger source says otherwise, since somebody has forgotten it there.
    if (isPlaceholder(raw, false)) {
      problems.push({ source, message: `holds a placeholder: ${quoted(raw)}`, fix: 'put the real value there' });
      held.set(name, source);
      continue;
    }
    if (sources.has(name)) continue;
    sources.set(name, source);
    const result = (parsers[name] as Parser<unknown>).parse(raw);
    if (result.ok) values[name] = result.value;
    else problems.push({ source, message: `${result.reason}, not ${quoted(raw)}`, fix: null });
  }
  // It was given, if not as it should be: nobody is told that it is missing.
  for (const [name, source] of held) if (!sources.has(name)) sources.set(name, source);
  // The one cast: each value is what the parser of its own name made.
  return { values: values as OptionValues, sources, problems };
}
