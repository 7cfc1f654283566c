// Station: k8s/resources. What every pod is held to: Pod Security `restricted` and more. Called by whatever makes pods.
import type { Container, ContainerSecurity, PodSecurity } from '../objects/pod.js';

// The user of the image, whom no node has.
const userId = 10_001;

/** Of a pod. */
export const podSecurity: PodSecurity = {
  fsGroup: userId,
  fsGroupChangePolicy: 'OnRootMismatch',
  runAsGroup: userId,
  runAsNonRoot: true,
  runAsUser: userId,
  seccompProfile: { type: 'RuntimeDefault' },
};

/** Of a container. */
export const containerSecurity: ContainerSecurity = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsGroup: userId,
  runAsNonRoot: true,
  runAsUser: userId,
  seccompProfile: { type: 'RuntimeDefault' },
};

/** Files that the group of the pod may read, and nobody else. */
export const readableByGroup = 0o440;

/**
 * Nothing of the node's disk is asked for: a server writes its log and next to nothing else, and a node that does not say how much it has takes it too. It may
 * take so much at most that it harms nobody.
 */
const disk = { request: '0', limit: '256Mi' } as const;

/** Memory that is promised is memory that may be used: a node that promised too much would kill servers instead. */
export function resources(cpu: string, cpuLimit: string, memory: string): Container['resources'] {
  return {
    requests: { cpu, 'ephemeral-storage': disk.request, memory },
    limits: { cpu: cpuLimit, 'ephemeral-storage': disk.limit, memory },
  };
}
