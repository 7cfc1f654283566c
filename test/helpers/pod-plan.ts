// Station: test/helpers. What a kubelet is told of the servers' pod by rendered manifests: mounts with their files, environment, arguments, user, probes, grace. Called by the pod test.
import type { Manifest } from '../../src/k8s/objects/manifest.js';
import type { Projection, Volume } from '../../src/k8s/objects/pod.js';
import { allOf, oneOf } from './k8s-render.js';

/** A volume as a folder of the node. */
export interface PodMount {
  readonly name: string;
  readonly target: string;
  /** Files to write; null for a folder that the pod writes. */
  readonly files: Readonly<Record<string, string>> | null;
  readonly fileMode: number;
  readonly isReadOnly: boolean;
}

/** What is started, and how. */
export interface PodPlan {
  readonly mounts: readonly PodMount[];
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly uid: number;
  readonly gid: number;
  readonly fsGroup: number;
  /** From SIGTERM to SIGKILL: what the sleep before it leaves of the grace period. */
  readonly graceMs: number;
  /** Path and port of each probe over HTTP. */
  readonly probes: Readonly<
    Record<'startup' | 'liveness' | 'readiness', { readonly path: string; readonly port: number }>
  >;
}

/** Reads it from the objects; throws for what a cluster would not start. @param secrets the values of the Secret that is named */
export function podPlan(objects: readonly Manifest[], secrets: Readonly<Record<string, string>>): PodPlan {
  const { spec } = oneOf(objects, 'Deployment').spec.template;
  const [container] = spec.containers;
  if (container === undefined) throw new Error('the pod has no container');
  const { securityContext } = container;
  const portOf = (name: string) => {
    const port = container.ports.find((each) => each.name === name)?.containerPort;
    if (port === undefined) throw new Error(`a probe asks on ${name}, which is no port of the container`);
    return port;
  };
  const asked = ({ httpGet }: typeof container.startupProbe) => {
    if (httpGet === undefined) throw new Error('a probe asks no HTTP server');
    return { path: httpGet.path, port: portOf(httpGet.port) };
  };
  return {
    mounts: container.volumeMounts.map(({ name, mountPath, readOnly }) => {
      const volume = spec.volumes.find((each) => each.name === name);
      if (volume === undefined) throw new Error(`there is no volume ${name}`);
      return { name, target: mountPath, isReadOnly: readOnly === true, ...contentOf(volume, objects, secrets) };
    }),
    env: Object.fromEntries(container.env.map(({ name, value }) => [name, value])),
    args: container.args,
    uid: securityContext.runAsUser,
    gid: securityContext.runAsGroup,
    fsGroup: spec.securityContext.fsGroup,
    graceMs: (spec.terminationGracePeriodSeconds - (container.lifecycle?.preStop.sleep.seconds ?? 0)) * 1_000,
    probes: {
      startup: asked(container.startupProbe),
      liveness: asked(container.livenessProbe),
      readiness: asked(container.readinessProbe),
    },
  };
}

function contentOf(
  volume: Volume,
  objects: readonly Manifest[],
  secrets: Readonly<Record<string, string>>,
): Pick<PodMount, 'files' | 'fileMode'> {
  if ('configMap' in volume) {
    const { data } = oneOf(objects, 'ConfigMap', volume.configMap.name);
    return { files: filesOf(volume.configMap, data), fileMode: volume.configMap.defaultMode };
  }
  if ('projected' in volume) {
    const { sources, defaultMode } = volume.projected;
    const files = Object.assign({}, ...sources.map(({ secret }) => filesOf(secret, secrets)));
    return { files, fileMode: defaultMode };
  }
  if ('persistentVolumeClaim' in volume) {
    const { claimName } = volume.persistentVolumeClaim;
    if (!allOf(objects, 'PersistentVolumeClaim').some(({ metadata }) => metadata.name === claimName))
      throw new Error(`there is no claim ${claimName}`);
  }
  return { files: null, fileMode: 0o600 };
}

/** A pod does not start where a key is missing that is not optional. */
function filesOf({ name, items, optional }: Projection, values: Readonly<Record<string, string>>) {
  const found = items.flatMap(({ key, path }) => {
    const value = values[key];
    if (value === undefined && optional !== true) throw new Error(`${name} has no ${key}`);
    return value === undefined ? [] : [[path, value] as const];
  });
  return Object.fromEntries(found);
}
