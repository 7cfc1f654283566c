// Station: k8s/resources. A MongoDB for a test cluster: one pod, one volume, no backup. Called by render.
import { metaOf, objectNames, portNames, selectorOf } from '../names.js';
import type { Service } from '../objects/network.js';
import type { PodTemplate } from '../objects/pod.js';
import type { StatefulSet } from '../objects/workloads.js';
import type { RenderSettings } from '../settings.js';
import { containerSecurity, podSecurity, readableByGroup, resources } from './pod-security.js';
import { claimSpec } from './volume-claim.js';

const image = 'docker.io/library/mongo:8.0.15';
const port = 27_017;
const secrets = '/run/secrets/mongodb';
/** Keys of the Secret that is named like the MongoDB; MONGO_URI of the server has the same two in it. */
const keys = ['username', 'password'] as const;

const isListening = { tcpSocket: { port: portNames.mongodb }, timeoutSeconds: 3 } as const;
// Its shell takes a while to start; what it asks needs no password.
const isAnswering = {
  exec: { command: ['mongosh', '--quiet', '--eval', 'db.adminCommand({ ping: 1 })'] },
  timeoutSeconds: 15,
} as const;

/** The name of the test MongoDB, which leads to its pod itself, as that of a StatefulSet has to. */
export function mongodbService(settings: RenderSettings): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metaOf(settings, 'mongodb', objectNames.mongodb(settings)),
    spec: {
      type: 'ClusterIP',
      clusterIP: 'None',
      sessionAffinity: 'None',
      selector: selectorOf(settings, 'mongodb'),
      ports: [{ name: portNames.mongodb, port, protocol: 'TCP', targetPort: portNames.mongodb }],
    },
  };
}

/** The test MongoDB, whose user comes from a Secret. */
export function mongodb(settings: RenderSettings): StatefulSet {
  const name = objectNames.mongodb(settings);
  const metadata = metaOf(settings, 'mongodb', name);
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata,
    spec: {
      replicas: 1,
      revisionHistoryLimit: 10,
      serviceName: name,
      selector: { matchLabels: selectorOf(settings, 'mongodb') },
      template: template(name, metadata.labels),
      volumeClaimTemplates: [
        { metadata: { name: 'data', labels: selectorOf(settings, 'mongodb') }, spec: claimSpec(settings.storage) },
      ],
    },
  };
}

function template(name: string, labels: Readonly<Record<string, string>>): PodTemplate {
  const [username, password] = keys;
  return {
    metadata: { labels },
    spec: {
      serviceAccountName: name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 60,
      securityContext: podSecurity,
      containers: [
        {
          name: 'mongodb',
          image,
          imagePullPolicy: 'Always',
          args: ['--bind_ip_all', '--wiredTigerCacheSizeGB=0.25'],
          env: [
            { name: 'HOME', value: '/tmp' },
            { name: 'MONGO_INITDB_ROOT_PASSWORD_FILE', value: `${secrets}/${password}` },
            { name: 'MONGO_INITDB_ROOT_USERNAME_FILE', value: `${secrets}/${username}` },
          ],
          ports: [{ name: portNames.mongodb, containerPort: port, protocol: 'TCP' }],
          startupProbe: { ...isListening, periodSeconds: 5, failureThreshold: 60 },
          livenessProbe: { ...isListening, periodSeconds: 20, failureThreshold: 6 },
          readinessProbe: { ...isAnswering, periodSeconds: 30, failureThreshold: 3 },
          resources: resources('100m', '1', '1Gi'),
          securityContext: containerSecurity,
          volumeMounts: [
            { name: 'data', mountPath: '/data/db' },
            { name: 'secrets', mountPath: secrets, readOnly: true },
            { name: 'tmp', mountPath: '/tmp' },
          ],
        },
      ],
      volumes: [
        {
          name: 'secrets',
          projected: {
            defaultMode: readableByGroup,
            sources: [{ secret: { name, items: keys.map((key) => ({ key, path: key })) } }],
          },
        },
        { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
      ],
    },
  };
}
