// Station: k8s/resources. The way in through a Gateway. Called by render.
import { metaOf, servicePort } from '../names.js';
import type { HttpRoute } from '../objects/network.js';
import type { RenderSettings, RouteSettings } from '../settings.js';

/** The prefix as the server has it, without a rewrite (H3); attached to the listener with TLS alone. */
export function httpRoute(settings: RenderSettings, route: RouteSettings & { readonly kind: 'gateway' }): HttpRoute {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: metaOf(settings, 'server'),
    spec: {
      parentRefs: [
        {
          group: 'gateway.networking.k8s.io',
          kind: 'Gateway',
          name: route.gateway,
          namespace: route.namespace,
          sectionName: route.listener,
        },
      ],
      hostnames: [settings.host],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: settings.server.pathPrefix || '/' } }],
          // Zero is none: a WebSocket is one request that lasts for hours (H2). The server has limits of its own for every other.
          timeouts: { request: '0s', backendRequest: '0s' },
          backendRefs: [{ group: '', kind: 'Service', name: settings.name, port: servicePort, weight: 1 }],
        },
      ],
    },
  };
}
