// Station: k8s. What may be said about a deployment: the options of `k8s render` and the keys of its file, as data. Read by the command, parse-options and the docs.

/** One option. Its key in an options file is its name here. */
export interface RenderOption {
  /** In commander's notation. */
  readonly flags: string;
  readonly summary: string;
}

/** Every option that says something about the deployment. */
export const renderOptions = {
  image: { flags: '--image <image>', summary: 'image of chatbox, by digest or with a version tag' },
  host: { flags: '--host <name>', summary: 'host name under which the public reaches it, over TLS' },
  namespace: { flags: '--namespace <name>', summary: 'namespace (chatbox)' },
  existingNamespace: { flags: '--existing-namespace', summary: 'the namespace is there already: leave it out' },
  name: { flags: '--name <name>', summary: 'what every object is named after (chatbox)' },
  replicas: { flags: '--replicas <n>', summary: 'servers at all times (2; 1 with sqlite)' },
  maxReplicas: { flags: '--max-replicas <n>', summary: 'servers under load (three times --replicas)' },
  store: { flags: '--store <kind>', summary: 'mongodb, or sqlite on a volume of one server (mongodb)' },
  storage: { flags: '--storage <size>', summary: 'size of the volume with sqlite, or of the test MongoDB (10Gi)' },
  storageClass: { flags: '--storage-class <name>', summary: 'class of that volume (the default class of the cluster)' },
  config: { flags: '--config <file>', summary: "the server's config file, without secrets (YAML or JSON)" },
  pathPrefix: { flags: '--path-prefix <path>', summary: 'path before every route (CHATBOX_PATH_PREFIX)' },
  route: { flags: '--route <kind>', summary: 'gateway (Gateway API) or ingress (gateway)' },
  gateway: { flags: '--gateway <name>', summary: 'the Gateway that the route is attached to (gateway)' },
  gatewayNamespace: { flags: '--gateway-namespace <name>', summary: 'namespace of that Gateway (gateway)' },
  gatewayListener: { flags: '--gateway-listener <name>', summary: 'its listener with TLS (https)' },
  ingressClass: {
    flags: '--ingress-class <name>',
    summary: 'class of the Ingress: traefik, haproxy, nginx, or another (its controller named below)',
  },
  controllerNamespace: {
    flags: '--controller-namespace <name>',
    summary: 'namespace of the pods that traffic comes from (where the class or the Gateway puts them)',
  },
  controllerLabels: {
    flags: '--controller-labels <labels>',
    summary: 'labels of those pods, as key=value with commas between',
  },
  tlsSecret: { flags: '--tls-secret <name>', summary: 'Secret with the certificate, for an Ingress (chatbox-tls)' },
  clusterIssuer: { flags: '--cluster-issuer <name>', summary: 'ClusterIssuer of cert-manager that makes that Secret' },
  secretName: { flags: '--secret-name <name>', summary: "Secret with the server's secrets (chatbox-secrets)" },
  secretVersion: {
    flags: '--secret-version <text>',
    summary: 'version of that Secret: another one makes a rollout',
  },
  origins: {
    flags: '--origins <list>',
    summary: 'web origins that may open a WebSocket, with commas between (https:// and the host)',
  },
  trustedProxies: {
    flags: '--trusted-proxies <list>',
    summary: 'networks of the pods that traffic comes from, with commas between (private networks)',
  },
  cpu: { flags: '--cpu <quantity>', summary: 'processor time that each server is given (250m)' },
  cpuLimit: { flags: '--cpu-limit <quantity>', summary: 'and may take at most (2)' },
  memory: { flags: '--memory <quantity>', summary: 'memory of each server; the heap gets three quarters (512Mi)' },
  preStop: { flags: '--pre-stop <duration>', summary: 'time between the end of a pod and its SIGTERM (5s)' },
  grace: {
    flags: '--grace <duration>',
    summary: 'time until a pod that ends is killed (pre-stop, SHUTDOWN_TIMEOUT and 10s)',
  },
  egressPorts: {
    flags: '--egress-ports <list>',
    summary: 'further ports that may be reached, such as 587 of a mail server, with commas between',
  },
  monitoring: {
    flags: '--monitoring',
    summary: 'PodMonitor, PrometheusRule and a Grafana dashboard, for the Prometheus operator',
  },
  monitoringNamespace: {
    flags: '--monitoring-namespace <name>',
    summary: 'namespace of Prometheus (monitoring)',
  },
  monitoringLabels: {
    flags: '--monitoring-labels <labels>',
    summary: 'labels by which Prometheus finds those objects, such as release=prometheus',
  },
  withDevDependencies: {
    flags: '--with-dev-dependencies',
    summary: 'a MongoDB beside it, one pod without a backup: for a test cluster',
  },
} as const satisfies Readonly<Record<string, RenderOption>>;

/** Name of an option. */
export type OptionName = keyof typeof renderOptions;
