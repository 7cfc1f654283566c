// Station: k8s/resources. The servers. Called by render.
import { probePaths } from '../../protocol/probe-paths.js';
import { metaOf, objectNames, portNames, selectorOf } from '../names.js';
import type { Container, PodTemplate, Probe, Volume } from '../objects/pod.js';
import type { Deployment } from '../objects/workloads.js';
import type { RenderSettings } from '../settings.js';
import { cpuQuantity, formatMiB } from '../value-parsers.js';
import { configFile, configMapName } from './config-map.js';
import { containerSecurity, podSecurity, readableByGroup, resources } from './pod-security.js';

const folders = { config: '/etc/chatbox', secrets: '/run/secrets/chatbox', tmp: '/tmp' } as const;

/** Share of a container's memory that the heap of Node may have: buffers, code and stacks need the rest. */
const heapShare = 0.75;

/** Said to `chatbox k8s check`, which would say that one server is away when its node is lost. */
const oneReplica = { 'chatbox.dev/waive.single-replica': 'one replica was asked for with --replicas 1' } as const;

/** Servers, replaced one by one where there may be several. */
export function deployment(settings: RenderSettings): Deployment {
  const isAlone = settings.server.storeKind === 'sqlite';
  const selector = { matchLabels: selectorOf(settings, 'server') };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metaOf(settings, 'server', settings.name, isAlone || settings.replicas > 1 ? {} : oneReplica),
    spec: {
      // Where an autoscaler decides, a number here would undo its work at each apply.
      ...(settings.maxReplicas === null ? { replicas: settings.replicas } : {}),
      revisionHistoryLimit: 10,
      // Two servers cannot share one SQLite file, not even for the time of a rollout.
      strategy: isAlone
        ? { type: 'Recreate' }
        : { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector,
      template: template(settings),
    },
  };
}

function template(settings: RenderSettings): PodTemplate {
  const { secretVersion, server } = settings;
  const labelSelector = { matchLabels: selectorOf(settings, 'server') };
  const spread = ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map(
    (topologyKey) => ({ maxSkew: 1, topologyKey, whenUnsatisfiable: 'ScheduleAnyway', labelSelector }) as const,
  );
  const { labels } = metaOf(settings, 'server');
  return {
    metadata: {
      labels,
      ...(secretVersion === null ? {} : { annotations: { 'chatbox.dev/secret-version': secretVersion } }),
    },
    spec: {
      serviceAccountName: settings.name,
      automountServiceAccountToken: false,
      // Variables of Services would look like settings (CHATBOX_PORT=tcp://…).
      enableServiceLinks: false,
      terminationGracePeriodSeconds: settings.graceSeconds,
      securityContext: podSecurity,
      ...(server.storeKind === 'sqlite' ? {} : { topologySpreadConstraints: spread }),
      containers: [container(settings)],
      volumes: volumes(settings),
    },
  };
}

function container(settings: RenderSettings): Container {
  const { server, memoryMiB } = settings;
  const http = { name: portNames.http, containerPort: server.port, protocol: 'TCP' } as const;
  const startSeconds = 30 + Math.ceil(server.startTimeoutMs / 1_000);
  return {
    name: 'chatbox',
    image: settings.image,
    imagePullPolicy: 'Always',
    args: ['serve'],
    env: [
      { name: 'CHATBOX_CONFIG', value: `${folders.config}/${configFile}` },
      { name: 'CREDENTIALS_DIRECTORY', value: folders.secrets },
      { name: 'NODE_OPTIONS', value: `--max-old-space-size=${Math.floor(memoryMiB * heapShare)}` },
    ],
    ports:
      server.opsPort === null
        ? [http]
        : [http, { name: portNames.ops, containerPort: server.opsPort, protocol: 'TCP' }],
    startupProbe: probe(settings, probePaths.health, 2, Math.ceil(startSeconds / 2)),
    livenessProbe: probe(settings, probePaths.health, 10, 6),
    readinessProbe: probe(settings, probePaths.readiness, 5, 2),
    lifecycle: { preStop: { sleep: { seconds: settings.preStopSeconds } } },
    resources: resources(
      cpuQuantity.format(settings.cpuMilli),
      cpuQuantity.format(settings.cpuLimitMilli),
      formatMiB(memoryMiB),
    ),
    securityContext: containerSecurity,
    volumeMounts: [
      { name: 'config', mountPath: folders.config, readOnly: true },
      { name: 'secrets', mountPath: folders.secrets, readOnly: true },
      { name: 'tmp', mountPath: folders.tmp },
      ...(server.dataDir === null ? [] : [{ name: 'data', mountPath: server.dataDir }]),
    ],
  };
}

/** Probes ask on the public port, under the prefix that the route has too (H3). A readiness check answers within 2 s. */
function probe({ server }: RenderSettings, path: string, periodSeconds: number, failureThreshold: number): Probe {
  return {
    httpGet: { path: `${server.pathPrefix}${path}`, port: portNames.http, scheme: 'HTTP' },
    periodSeconds,
    timeoutSeconds: 4,
    failureThreshold,
  };
}

function volumes(settings: RenderSettings): readonly Volume[] {
  const { required, optional } = settings.server.secretKeys;
  const asFiles = (keys: readonly string[]) => keys.map((key) => ({ key, path: key }));
  const name = settings.secretName;
  const sources = [
    ...(required.length === 0 ? [] : [{ secret: { name, items: asFiles(required) } }]),
    ...optional.map((key) => ({ secret: { name, items: asFiles([key]), optional: true } })),
  ];
  const data = { name: 'data', persistentVolumeClaim: { claimName: objectNames.data(settings) } };
  return [
    {
      name: 'config',
      configMap: {
        name: configMapName(settings),
        items: [{ key: configFile, path: configFile }],
        defaultMode: readableByGroup,
      },
    },
    { name: 'secrets', projected: { defaultMode: readableByGroup, sources } },
    { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
    ...(settings.server.dataDir === null ? [] : [data]),
  ];
}
