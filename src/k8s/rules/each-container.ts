// Station: k8s/rules. A rule about containers, from what it says of one. Called by rules in pods/ and reliability/.
import { mapAt, type Path } from './json.js';
import { type ContainerView, containersOf, type PodView, podOf } from './pod.js';
import type { Complaint, KubeObject } from './rule.js';

/** What `say` has to say of each container of the pod that `object` makes: null for nothing. @param below where in the container it stands */
export function eachContainer(
  object: KubeObject,
  below: Path,
  say: (container: ContainerView, pod: PodView) => string | null,
): readonly Complaint[] {
  const pod = podOf(object);
  if (pod === undefined) return [];
  return containersOf(pod).flatMap((container) => {
    const message = say(container, pod);
    return message === null
      ? []
      : [{ path: [...container.path, ...below], message: `container ${container.name} ${message}` }];
  });
}

/** A key of the security context: the container's own, else the pod's. */
export function secured(container: ContainerView, pod: PodView, key: string): unknown {
  return mapAt(container.spec, 'securityContext')[key] ?? mapAt(pod.spec, 'securityContext')[key];
}
