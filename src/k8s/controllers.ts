// Station: k8s. The ingress controllers that are known: where their pods are, and what they must be told so that a WebSocket lives. Called by settings.

/** Pods that traffic comes from: by namespace and by labels, never by one of them (R15). */
export interface PodsElsewhere {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface Controller {
  /** What an unchanged installation by its own chart has. */
  readonly pods: PodsElsewhere;
  /** @param bodyLimitBytes largest body that the server takes */
  readonly annotations: (bodyLimitBytes: number) => Readonly<Record<string, string>>;
}

// A socket that says nothing for so long is not idle: the server pings it every PING_INTERVAL. The hour is for a server that is busy, and for a larger interval.
const idleSeconds = 3_600;

const controllers: Readonly<Record<string, Controller>> = {
  // Traefik sets no limit to an upgraded connection; its limits for requests are settings of its entry points.
  traefik: {
    pods: { namespace: 'kube-system', labels: { 'app.kubernetes.io/name': 'traefik' } },
    annotations: () => ({
      'traefik.ingress.kubernetes.io/router.entrypoints': 'websecure',
      'traefik.ingress.kubernetes.io/router.tls': 'true',
    }),
  },
  haproxy: {
    pods: { namespace: 'haproxy-controller', labels: { 'app.kubernetes.io/name': 'kubernetes-ingress' } },
    annotations: () => ({
      // Two controllers are called so. That of haproxy.org has an hour for upgraded connections unless its own ConfigMap says less, and takes no annotation for it.
      'haproxy-ingress.github.io/timeout-tunnel': `${idleSeconds}s`,
      'haproxy.org/forwarded-for': 'true',
      'haproxy.org/ssl-redirect': 'true',
      'haproxy.org/timeout-server': `${idleSeconds}s`,
    }),
  },
  nginx: {
    pods: {
      namespace: 'ingress-nginx',
      labels: { 'app.kubernetes.io/component': 'controller', 'app.kubernetes.io/name': 'ingress-nginx' },
    },
    annotations: (bodyLimitBytes) => ({
      'nginx.ingress.kubernetes.io/proxy-body-size': String(bodyLimitBytes),
      'nginx.ingress.kubernetes.io/proxy-read-timeout': String(idleSeconds),
      'nginx.ingress.kubernetes.io/proxy-send-timeout': String(idleSeconds),
      'nginx.ingress.kubernetes.io/ssl-redirect': 'true',
    }),
  },
};

/** Classes whose controllers are known. */
export const knownClasses: readonly string[] = Object.keys(controllers);

/** Where the pods of a class are; null where that has to be said. */
export function podsOfClass(ingressClass: string): PodsElsewhere | null {
  return controllers[ingressClass]?.pods ?? null;
}

/** What the controller of a class is told. */
export function annotationsOfClass(ingressClass: string, bodyLimitBytes: number): Readonly<Record<string, string>> {
  return controllers[ingressClass]?.annotations(bodyLimitBytes) ?? {};
}

/** Where the pods of a Gateway are, as the Gateway API asks of implementations that run in the cluster (GEP-1762). */
export function podsOfGateway(gateway: string, namespace: string): PodsElsewhere {
  return { namespace, labels: { 'gateway.networking.k8s.io/gateway-name': gateway } };
}
