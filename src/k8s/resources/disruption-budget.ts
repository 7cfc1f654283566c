// Station: k8s/resources. How many servers may be taken away at once by whoever empties nodes. Called by render.
import { metaOf, selectorOf } from '../names.js';
import type { PodDisruptionBudget } from '../objects/workloads.js';
import type { RenderSettings } from '../settings.js';

/** One at a time; one that is not ready may always go, so that a sick server does not hold up a node. */
export function disruptionBudget(settings: RenderSettings): PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metaOf(settings, 'server'),
    spec: {
      maxUnavailable: 1,
      selector: { matchLabels: selectorOf(settings, 'server') },
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  };
}
