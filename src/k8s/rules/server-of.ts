// Station: k8s/rules. Which workloads run chatbox, and with which settings: its own loader's rules applied to env, ConfigMap and config file. Called by rules of ours.
import { catalog } from '../../server/config/catalog.js';
import type { Reading } from '../../server/config/given.js';
import type { Problem } from '../../server/config/problem.js';
import { type NamedValue, readNamed } from '../../server/config/read-env.js';
import { readConfigFile } from '../../server/config/read-file.js';
import { resolveSettings, type Settings } from '../../server/config/resolve.js';
import { listAt, type Path, textAt, textsAt } from './json.js';
import { type ContainerView, containersOf, type PodView, podOf, podsOf } from './pod.js';
import type { KubeObject, ObjectSet } from './rule.js';

/** A text in which settings of chatbox stand, and what its own loader thinks of it. */
export interface SettingSource {
  readonly object: KubeObject;
  readonly path: Path;
  readonly reading: Reading;
  /** Names in the source that are for chatbox alone, though no setting is called so. */
  readonly foreign: readonly string[];
}

/** A container that runs chatbox. */
export interface ServerView {
  readonly pod: PodView;
  readonly container: ContainerView;
  readonly sources: readonly SettingSource[];
  /** Every setting with its value in production; without those whose value was refused. */
  readonly settings: Settings;
  readonly problems: readonly Problem[];
  /** Names that are set from a Secret: their values are not known here. */
  readonly secretNames: ReadonlySet<string>;
}

/** Servers that were looked at before, in each set: reading a config file is the dear part, and many rules ask. */
const known = new WeakMap<ObjectSet, Map<KubeObject, readonly ServerView[]>>();

/** The servers of one workload. */
export function serversOf(object: KubeObject, all: ObjectSet): readonly ServerView[] {
  const servers = known.get(all) ?? new Map<KubeObject, readonly ServerView[]>();
  known.set(all, servers);
  const before = servers.get(object);
  if (before !== undefined) return before;
  const now = lookForServers(object, all);
  servers.set(object, now);
  return now;
}

function lookForServers(object: KubeObject, all: ObjectSet): readonly ServerView[] {
  const pod = podOf(object);
  if (pod === undefined) return [];
  return containersOf(pod)
    .filter((container) => !container.isInit && isChatbox(container))
    .map((container) => viewServer(pod, container, all));
}

/** Every server that runs in `namespace`, or anywhere. */
export function allServers(all: ObjectSet, namespace?: string): readonly ServerView[] {
  return podsOf(all, namespace).flatMap(({ owner }) => serversOf(owner, all));
}

/** The value of a setting, by its key in the config file; undefined where it was refused. */
export function settingOf(server: ServerView, fileKey: string): unknown {
  return server.settings.get(fileKey)?.value;
}

/** Whether the server stores in MongoDB: said so, or by a MONGO_URI from wherever. */
export function usesMongo(server: ServerView): boolean {
  const kind = settingOf(server, 'store.kind');
  if (kind === 'sqlite' || kind === 'mongodb') return kind === 'mongodb';
  const isGiven = server.settings.get('store.mongoUri')?.isGiven === true || server.secretNames.has('MONGO_URI');
  // Where nothing names a folder for SQLite either, the URI comes from a folder of secrets that is not in the manifests.
  return isGiven || server.settings.get('store.dataDir')?.isGiven !== true;
}

/** A program of this name runs: by its image, or by its command. */
function isChatbox({ spec, name }: ContainerView): boolean {
  const image = textAt(spec, 'image') ?? '';
  const program = (image.split('@')[0] ?? '').split('/').at(-1)?.split(':')[0] ?? '';
  const isNamed = (word: unknown) => /(^|\/)chatbox(\.js)?$/.test(String(word));
  // Among the arguments folders of that name are no program.
  const isRun =
    listAt(spec, 'command').some(isNamed) || listAt(spec, 'args').some((word) => /chatbox\.js$/.test(String(word)));
  return /chatbox/i.test(program) || name === 'chatbox' || isRun;
}

function viewServer(pod: PodView, container: ContainerView, all: ObjectSet): ServerView {
  const secretNames = new Set<string>();
  const sources = [
    ...configFiles(pod, container, all),
    ...fromMaps(pod, container, all),
    ...ownEnv(pod, container, all, secretNames),
  ];
  const problems: Problem[] = sources.flatMap(({ reading }) => reading.problems);
  // The last of the environment wins in Kubernetes; every layer of it stands above the file.
  const readings = [...sources].reverse().map(({ reading }) => reading);
  const settings = resolveSettings(catalog, readings, 'production', problems);
  return { pod, container, sources, settings, problems, secretNames };
}

/** `env`: values that stand there, or in a ConfigMap; those of a Secret are only named. */
function ownEnv(
  { owner }: PodView,
  container: ContainerView,
  all: ObjectSet,
  secretNames: Set<string>,
): readonly SettingSource[] {
  return listAt(container.spec, 'env').flatMap((entry, index): readonly SettingSource[] => {
    const name = textAt(entry, 'name') ?? '';
    if (textAt(entry, 'valueFrom', 'secretKeyRef', 'key') !== undefined) secretNames.add(name);
    const map = textAt(entry, 'valueFrom', 'configMapKeyRef', 'name');
    const key = textAt(entry, 'valueFrom', 'configMapKeyRef', 'key') ?? '';
    const raw =
      textAt(entry, 'value') ??
      (map === undefined ? undefined : textAt(all.find('ConfigMap', owner.namespace, map)?.raw, 'data', key));
    if (raw === undefined) return [];
    const path = [...container.path, 'env', index];
    return [source(owner, path, [{ name, raw, source: `env ${name}` }], [])];
  });
}

/** `envFrom`: whole ConfigMaps. A key in one that only a chatbox reads and that is no setting is read by nobody. */
function fromMaps({ owner }: PodView, container: ContainerView, all: ObjectSet): readonly SettingSource[] {
  return listAt(container.spec, 'envFrom').flatMap((entry): readonly SettingSource[] => {
    const map = all.find('ConfigMap', owner.namespace, textAt(entry, 'configMapRef', 'name') ?? '');
    if (map === undefined) return [];
    const prefix = textAt(entry, 'prefix') ?? '';
    const values = textsAt(map.raw, 'data').map(([key, raw]) => ({
      name: `${prefix}${key}`,
      raw,
      source: `ConfigMap ${map.name} ${key}`,
    }));
    return [
      source(
        map,
        ['data'],
        values,
        values.filter(({ name }) => isForeign(name)).map(({ name }) => name),
      ),
    ];
  });
}

/** Set for Node or for the container itself, not for chatbox. */
const others = /^(NODE_|NPM_|UV_|TZ$|LANG$|LC_|HOME$|PATH$|NO_COLOR$|TMPDIR$|SSL_CERT_|HTTPS?_PROXY$|NO_PROXY$)/;

function isForeign(name: string): boolean {
  const { given, problems, notices } = readNamed('env', [{ name, raw: 'x', source: name }]);
  const isKnown = given.size > 0 || problems.length > 0 || notices.length > 0;
  return (
    !isKnown && !others.test(name) && !catalog.some(({ env }) => env.includes(name)) && !name.startsWith('CHATBOX_')
  );
}

function source(
  object: KubeObject,
  path: Path,
  values: readonly NamedValue[],
  foreign: readonly string[],
): SettingSource {
  return { object, path, reading: readNamed('env', values), foreign };
}

/** The config file: a key of a ConfigMap that is mounted where CHATBOX_CONFIG or `--config` says. */
function configFiles(pod: PodView, container: ContainerView, all: ObjectSet): readonly SettingSource[] {
  const wanted = configPath(container);
  if (wanted === undefined) return [];
  return listAt(container.spec, 'volumeMounts').flatMap((mount): readonly SettingSource[] => {
    const folder = textAt(mount, 'mountPath') ?? '';
    const volume = listAt(pod.spec, 'volumes').find((each) => textAt(each, 'name') === textAt(mount, 'name'));
    const map = all.find('ConfigMap', pod.owner.namespace, textAt(volume, 'configMap', 'name') ?? '');
    if (map === undefined) return [];
    return textsAt(map.raw, 'data').flatMap(([key, text]) => {
      const item = listAt(volume, 'configMap', 'items').find((each) => textAt(each, 'key') === key);
      const file = textAt(item, 'path') ?? key;
      const isMounted =
        textAt(mount, 'subPath') === file ? folder === wanted : `${folder.replace(/\/$/, '')}/${file}` === wanted;
      if (!isMounted) return [];
      return [{ object: map, path: ['data', key], reading: readConfigFile(text, key), foreign: [] }];
    });
  });
}

function configPath({ spec }: ContainerView): string | undefined {
  const words = [...listAt(spec, 'command'), ...listAt(spec, 'args')].map(String);
  const flag = words.findIndex((word) => word === '--config' || word.startsWith('--config='));
  if (flag !== -1)
    return words[flag]?.startsWith('--config=') ? words[flag]?.slice('--config='.length) : words[flag + 1];
  const entry = listAt(spec, 'env').find((each) => textAt(each, 'name') === 'CHATBOX_CONFIG');
  return textAt(entry, 'value');
}
