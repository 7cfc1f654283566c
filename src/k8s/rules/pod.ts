// Station: k8s/rules. Pods and containers, wherever they stand: a Pod, a workload's template, a CronJob's. Called by rules.
import { at, isMap, type JsonMap, listAt, mapAt, type Path, textAt, textsAt } from './json.js';
import type { KubeObject, ObjectSet } from './rule.js';

/** Where each kind keeps its pod. */
const templates: Readonly<Record<string, Path>> = {
  Pod: [],
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  ReplicationController: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
  PodTemplate: ['template'],
};

/** Kinds that run for as long as they are wanted. */
export const lasting: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet']);

/** A pod as a manifest describes it. */
export interface PodView {
  readonly owner: KubeObject;
  /** Path of the pod's spec in the object. */
  readonly path: Path;
  readonly spec: JsonMap;
  readonly labels: ReadonlyMap<string, string>;
}

/** The pod that `object` makes, or is; undefined for objects without one. */
export function podOf(object: KubeObject): PodView | undefined {
  const path = Object.hasOwn(templates, object.kind) ? templates[object.kind] : undefined;
  if (path === undefined) return undefined;
  const template = at(object.raw, ...path);
  if (!isMap(at(template, 'spec'))) return undefined;
  return {
    owner: object,
    path: [...path, 'spec'],
    spec: mapAt(template, 'spec'),
    labels: new Map(textsAt(template, 'metadata', 'labels')),
  };
}

/** Pods by namespace, found once for each set: most rules ask for them, for most objects. */
const found = new WeakMap<ObjectSet, ReadonlyMap<string, readonly PodView[]>>();

/** Every pod that the objects make, of one namespace or of all. */
export function podsOf(all: ObjectSet, namespace?: string): readonly PodView[] {
  const byNamespace = found.get(all) ?? groupPods(all);
  found.set(all, byNamespace);
  return namespace === undefined ? [...byNamespace.values()].flat() : (byNamespace.get(namespace) ?? []);
}

function groupPods(all: ObjectSet): ReadonlyMap<string, readonly PodView[]> {
  const groups = new Map<string, PodView[]>();
  for (const object of all.objects) {
    const pod = podOf(object);
    if (pod === undefined) continue;
    const group = groups.get(object.namespace);
    if (group === undefined) groups.set(object.namespace, [pod]);
    else group.push(pod);
  }
  return groups;
}

/** A container and where it stands. */
export interface ContainerView {
  readonly name: string;
  readonly path: Path;
  readonly spec: JsonMap;
  /** Whether it starts before the others. One with `restartPolicy: Always` is a sidecar, and runs along. */
  readonly isInit: boolean;
}

/** Every container of a pod, init containers too. */
export function containersOf(pod: PodView): readonly ContainerView[] {
  return (['containers', 'initContainers'] as const).flatMap((group) =>
    listAt(pod.spec, group).map((spec, index) => ({
      name: textAt(spec, 'name') ?? `${group}[${index}]`,
      path: [...pod.path, group, index],
      spec: isMap(spec) ? spec : {},
      isInit: group === 'initContainers',
    })),
  );
}

/** The containers of the pod that `object` makes, none for other objects. */
export function containersIn(object: KubeObject): readonly ContainerView[] {
  const pod = podOf(object);
  return pod === undefined ? [] : containersOf(pod);
}

/** The ports that a container declares, by number and by name. */
export function portsOf(container: ContainerView): ReadonlySet<string> {
  return new Set(
    listAt(container.spec, 'ports').flatMap((port) => {
      const number = at(port, 'containerPort');
      const name = textAt(port, 'name');
      return [...(typeof number === 'number' ? [String(number)] : []), ...(name === undefined ? [] : [name])];
    }),
  );
}
