// Station: k8s/resources. Whom a pod runs as. It asks nothing of the cluster, so that it gets no token. Called by render.
import { type Component, metaOf } from '../names.js';
import type { ServiceAccount } from '../objects/workloads.js';
import type { RenderSettings } from '../settings.js';

/** An account without a token. @param name if it is not that of the deployment */
export function serviceAccount(settings: RenderSettings, component: Component, name = settings.name): ServiceAccount {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metaOf(settings, component, name),
    automountServiceAccountToken: false,
  };
}
