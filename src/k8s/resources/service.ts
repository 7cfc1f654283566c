// Station: k8s/resources. The name under which the route reaches the servers. Called by render.
import { metaOf, portNames, selectorOf, servicePort } from '../names.js';
import type { Service } from '../objects/network.js';
import type { RenderSettings } from '../settings.js';

/** The public port alone: operators reach the other one by pod. Any server takes any client, so there is no affinity. */
export function service(settings: RenderSettings): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metaOf(settings, 'server'),
    spec: {
      type: 'ClusterIP',
      sessionAffinity: 'None',
      selector: selectorOf(settings, 'server'),
      ports: [{ name: portNames.http, port: servicePort, protocol: 'TCP', targetPort: portNames.http }],
    },
  };
}
