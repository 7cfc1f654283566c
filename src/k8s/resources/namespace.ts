// Station: k8s/resources. The namespace, which refuses pods that are not restricted. Called by render.
import { labelsOf } from '../names.js';
import type { Namespace } from '../objects/workloads.js';
import type { RenderSettings } from '../settings.js';

const level = 'restricted';

/** Pod Security `restricted`: enforced, and said of what breaks it. */
export function namespace(settings: RenderSettings): Namespace {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: settings.namespace,
      labels: {
        ...labelsOf(settings, 'server'),
        'pod-security.kubernetes.io/audit': level,
        'pod-security.kubernetes.io/enforce': level,
        'pod-security.kubernetes.io/warn': level,
      },
    },
  };
}
