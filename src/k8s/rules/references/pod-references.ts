// Station: k8s/rules. What a pod refers to: ConfigMaps, Secrets, claims, its account, its volumes. Called by M6.
import { at, listAt, mapAt, type Path, textAt } from '../json.js';
import { containersOf, type PodView, podOf } from '../pod.js';
import type { Complaint, KubeObject, ObjectSet } from '../rule.js';

/** A reference by name, and by key where it names one. */
interface Reference {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly keys: readonly string[];
  readonly path: Path;
}

/** Kinds that end as a Secret of their own name once they are in a cluster. */
const secretMakers: readonly (readonly [kind: string, target: Path])[] = [
  ['SealedSecret', ['metadata', 'name']],
  ['ExternalSecret', ['spec', 'target', 'name']],
];

/** ConfigMaps that every namespace has. */
const builtIn: ReadonlySet<string> = new Set(['kube-root-ca.crt', 'openshift-service-ca.crt']);

/** References of the pod that `object` makes and that nothing answers. */
export function podReferences(object: KubeObject, all: ObjectSet): readonly Complaint[] {
  const pod = podOf(object);
  if (pod === undefined) return [];
  return [
    ...referencesOf(pod).flatMap((reference) => unresolved(reference, object.namespace, all)),
    ...accountOf(pod, all),
    ...claimsOf(pod, all),
    ...mountsOf(pod),
  ];
}

function unresolved({ kind, name, keys, path }: Reference, namespace: string, all: ObjectSet): readonly Complaint[] {
  const found = all.find(kind, namespace, name);
  if (found === undefined) {
    if (kind === 'ConfigMap') {
      return builtIn.has(name) ? [] : [{ path, message: `refers to ConfigMap ${name}, which is not there` }];
    }
    // Good manifests hold no Secret at all. Where they hold some, one that is missing is a misspelt one.
    const others = secretNames(namespace, all);
    if (others.length === 0 || others.includes(name)) return [];
    return [{ path, message: `refers to Secret ${name}; there are only ${others.join(', ')}` }];
  }
  const there = new Set(['data', 'stringData', 'binaryData'].flatMap((part) => Object.keys(mapAt(found.raw, part))));
  return keys
    .filter((key) => !there.has(key))
    .map((key) => ({ path, message: `refers to key ${key} of ${kind} ${name}, which has no such key` }));
}

function secretNames(namespace: string, all: ObjectSet): readonly string[] {
  const plain = all.ofKind('Secret', namespace).map(({ name }) => name);
  const made = secretMakers.flatMap(([kind, target]) =>
    all.ofKind(kind, namespace).map((maker) => textAt(maker.raw, ...target) ?? maker.name),
  );
  return [...plain, ...made];
}

const isOptional = (value: unknown): boolean => at(value, 'optional') === true;

function referencesOf(pod: PodView): readonly Reference[] {
  const found: Reference[] = [];
  const add = (
    kind: Reference['kind'],
    value: unknown,
    name: string | undefined,
    path: Path,
    keys: readonly string[],
  ) => {
    if (name !== undefined && !isOptional(value)) found.push({ kind, name, keys, path });
  };
  for (const { spec, path } of containersOf(pod)) {
    for (const [index, entry] of listAt(spec, 'env').entries()) {
      for (const [key, kind] of [
        ['configMapKeyRef', 'ConfigMap'],
        ['secretKeyRef', 'Secret'],
      ] as const) {
        const ref = at(entry, 'valueFrom', key);
        add(kind, ref, textAt(ref, 'name'), [...path, 'env', index, 'valueFrom', key], keyOf(ref));
      }
    }
    for (const [index, entry] of listAt(spec, 'envFrom').entries()) {
      for (const [key, kind] of [
        ['configMapRef', 'ConfigMap'],
        ['secretRef', 'Secret'],
      ] as const) {
        const ref = at(entry, key);
        add(kind, ref, textAt(ref, 'name'), [...path, 'envFrom', index, key], []);
      }
    }
  }
  for (const { source, path } of volumeSources(pod)) {
    const map = at(source, 'configMap');
    const secret = at(source, 'secret');
    add('ConfigMap', map, textAt(map, 'name'), [...path, 'configMap'], itemsOf(map));
    const name = textAt(secret, 'secretName') ?? textAt(secret, 'name');
    add('Secret', secret, name, [...path, 'secret'], itemsOf(secret));
  }
  return found;
}

const keyOf = (ref: unknown): readonly string[] => {
  const key = textAt(ref, 'key');
  return key === undefined ? [] : [key];
};

const itemsOf = (source: unknown): readonly string[] =>
  listAt(source, 'items').flatMap((item) => textAt(item, 'key') ?? []);

/** Volumes, and the parts of projected ones. */
function volumeSources(pod: PodView): readonly { readonly source: unknown; readonly path: Path }[] {
  return listAt(pod.spec, 'volumes').flatMap((volume, index) => {
    const path = [...pod.path, 'volumes', index];
    const parts = listAt(volume, 'projected', 'sources').map((source, part) => ({
      source,
      path: [...path, 'projected', 'sources', part],
    }));
    return [{ source: volume, path }, ...parts];
  });
}

function accountOf({ owner, spec, path }: PodView, all: ObjectSet): readonly Complaint[] {
  const name = textAt(spec, 'serviceAccountName');
  if (name === undefined || name === 'default' || all.find('ServiceAccount', owner.namespace, name) !== undefined)
    return [];
  return [{ path: [...path, 'serviceAccountName'], message: `runs as ServiceAccount ${name}, which is not there` }];
}

function claimsOf({ owner, spec, path }: PodView, all: ObjectSet): readonly Complaint[] {
  return listAt(spec, 'volumes').flatMap((volume, index) => {
    const claim = textAt(volume, 'persistentVolumeClaim', 'claimName');
    if (claim === undefined || all.find('PersistentVolumeClaim', owner.namespace, claim) !== undefined) return [];
    const message = `mounts PersistentVolumeClaim ${claim}, which is not there`;
    return [{ path: [...path, 'volumes', index, 'persistentVolumeClaim'], message }];
  });
}

/** Mounts of volumes that the pod does not have; a StatefulSet's claims are volumes too. */
function mountsOf(pod: PodView): readonly Complaint[] {
  const claims = listAt(pod.owner.raw, 'spec', 'volumeClaimTemplates').map((claim) =>
    textAt(claim, 'metadata', 'name'),
  );
  const volumes = new Set([...listAt(pod.spec, 'volumes').map((volume) => textAt(volume, 'name')), ...claims]);
  return containersOf(pod).flatMap(({ spec, path, name }) =>
    listAt(spec, 'volumeMounts').flatMap((mount, index) => {
      const volume = textAt(mount, 'name');
      if (volume === undefined || volumes.has(volume)) return [];
      return [
        {
          path: [...path, 'volumeMounts', index],
          message: `container ${name} mounts volume ${volume}, which is not there`,
        },
      ];
    }),
  );
}
