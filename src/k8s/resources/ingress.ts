// Station: k8s/resources. The way in through an ingress controller. Called by render.
import { annotationsOfClass } from '../controllers.js';
import { metaOf, portNames } from '../names.js';
import type { Ingress } from '../objects/network.js';
import type { RenderSettings, RouteSettings } from '../settings.js';

/** The prefix as the server has it, without a rewrite (H3), over TLS. */
export function ingress(settings: RenderSettings, route: RouteSettings & { readonly kind: 'ingress' }): Ingress {
  const annotations = {
    ...(route.clusterIssuer === null ? {} : { 'cert-manager.io/cluster-issuer': route.clusterIssuer }),
    ...annotationsOfClass(route.ingressClass, settings.server.bodyLimitBytes),
  };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: metaOf(settings, 'server', settings.name, annotations),
    spec: {
      ingressClassName: route.ingressClass,
      tls: [{ hosts: [settings.host], secretName: route.tlsSecret }],
      rules: [
        {
          host: settings.host,
          http: {
            paths: [
              {
                path: settings.server.pathPrefix || '/',
                pathType: 'Prefix',
                backend: { service: { name: settings.name, port: { name: portNames.http } } },
              },
            ],
          },
        },
      ],
    },
  };
}
