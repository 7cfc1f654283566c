import { describe, expect, it } from 'vitest';
import { rules } from '../../src/k8s/rules/index.js';
import { brokenRules, fixture, type Loose, report, set } from '../helpers/manifests.js';

type Break = (objects: Map<string, Loose>) => void;

const pod = 'spec.template.spec';
const container = `${pod}.containers.0`;
const inDeployment =
  (path: string, value: unknown): Break =>
  (objects) =>
    set(objects.get('Deployment'), path, value);
const inKind =
  (kind: string, path: string, value: unknown): Break =>
  (objects) =>
    set(objects.get(kind), path, value);
const add =
  (object: unknown): Break =>
  (objects) =>
    void objects.set(`added ${objects.size}`, object as Loose);
const both =
  (...breaks: readonly Break[]): Break =>
  (objects) => {
    for (const each of breaks) each(objects);
  };

const hpa = (spec: object) => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'chatbox', namespace: 'chat' },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'chatbox' }, maxReplicas: 6, ...spec },
});
const cronJob = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'sweep', namespace: 'chat' },
  spec: { schedule: '0 3 * * *' },
};
const role = (rule: object) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name: 'reader', namespace: 'chat' },
  rules: [rule],
});
const sqlite = 'store:\n  kind: sqlite\n  dataDir: /var/lib/chatbox\n';

/** For every rule ways to break it: alone, or with the rules that see the same from elsewhere. */
const breaks: readonly (readonly [rule: string, how: string, breakIt: Break, besides?: readonly string[]])[] = [
  [
    'H3',
    'the operations port is given the prefix of the public one',
    inDeployment(`${container}.readinessProbe.httpGet.port`, 8080),
  ],
  ['H5', 'nothing is said, and the default is too short', inDeployment(`${pod}.terminationGracePeriodSeconds`, null)],
  [
    'H5',
    'the wait of preStop is a command',
    both(inDeployment(`${container}.lifecycle.preStop`, { exec: { command: ['sleep', '20'] } })),
  ],
  [
    'M1',
    'the URI is an argument',
    inDeployment(`${container}.args`, ['serve', '--mongo', 'mongodb+srv://a.example.org']),
  ],
  ['M6', 'a volume is mounted that is not there', inDeployment(`${container}.volumeMounts.1.name`, 'secret')],
  [
    'M6',
    'a claim is mounted that is not there',
    inDeployment(`${pod}.volumes.2`, { name: 'data', persistentVolumeClaim: { claimName: 'data' } }),
  ],
  [
    'M6',
    'a key is asked for that the ConfigMap does not have',
    inDeployment(`${pod}.volumes.0.configMap.items`, [{ key: 'chat.yaml', path: 'chatbox.yaml' }]),
  ],
  [
    'M6',
    'a policy selects nobody',
    add({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'mongo', namespace: 'chat' },
      spec: { podSelector: { matchLabels: { app: 'mongo' } } },
    }),
  ],
  [
    'M6',
    'a monitor selects nobody',
    add({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PodMonitor',
      metadata: { name: 'chatbox', namespace: 'chat' },
      spec: { selector: { matchLabels: { app: 'chatbox' } } },
    }),
  ],
  [
    'M6',
    'a role is bound that is not there',
    add({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'b', namespace: 'chat' },
      roleRef: { kind: 'Role', name: 'none' },
      subjects: [{ kind: 'ServiceAccount', name: 'nobody' }],
    }),
  ],
  [
    'R14',
    'an init container runs latest',
    inDeployment(`${pod}.initContainers`, [{ name: 'init', image: 'busybox:latest' }]),
    ['capabilities', 'ephemeral-storage', 'privilege-escalation', 'pull-policy', 'read-only-root', 'resources'],
  ],
  ['R15', 'everybody is let in', inKind('NetworkPolicy', 'spec.ingress.0.from', null)],
  [
    'R15',
    'every address is let in',
    inKind('NetworkPolicy', 'spec.ingress.0.from', [{ ipBlock: { cidr: '0.0.0.0/0' } }]),
  ],
  ['R15', 'pods of any namespace are let in', inKind('NetworkPolicy', 'spec.ingress.0.from.0.namespaceSelector', {})],
  [
    'R16',
    'a value of a template was never filled in',
    inDeployment(`${container}.image`, ['registry.example.com/chatbox:$', '{VERSION}'].join('')),
  ],
  [
    'R16',
    'a Secret holds a placeholder, encoded',
    add({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'chatbox-secrets', namespace: 'chat' },
      data: { JWT_SECRET: Buffer.from('CHANGE_ME').toString('base64') },
    }),
  ],
  ['sqlite-replicas', 'two replicas share a file', inKind('ConfigMap', 'data', { 'chatbox.yaml': sqlite })],
  [
    'node-heap',
    'the heap is as large as the limit',
    inDeployment(`${container}.env.0.value`, '--max-old-space-size=512'),
  ],
  ['service-links', 'they are left on', inDeployment(`${pod}.enableServiceLinks`, null)],
  ['session-affinity', 'the Service binds clients', inKind('Service', 'spec.sessionAffinity', 'ClientIP')],
  [
    'session-affinity',
    'an annotation binds clients',
    inKind('Service', 'metadata.annotations', { 'traefik.ingress.kubernetes.io/service.sticky.cookie': 'true' }),
  ],
  [
    'metadata-address',
    'the address is not left out',
    inKind('NetworkPolicy', 'spec.egress.1.to.0.ipBlock.except', null),
  ],
  ['metadata-address', 'everything is let out', inKind('NetworkPolicy', 'spec.egress.1', {})],
  ['pod-security', 'the namespace demands nothing', inKind('Namespace', 'metadata.labels', null)],
  [
    'unread-config',
    'a ConfigMap of variables has one that nobody reads',
    both(
      inKind('ConfigMap', 'data.WELCOME_TEXT', 'hello'),
      inDeployment(`${container}.envFrom`, [{ configMapRef: { name: 'chatbox-config' } }]),
    ),
  ],
  ['run-as-non-root', 'nothing forbids root', inDeployment(`${pod}.securityContext.runAsNonRoot`, null)],
  [
    'run-as-non-root',
    'the container is root',
    inDeployment(`${container}.securityContext.runAsUser`, 0),
    ['high-user-id'],
  ],
  ['high-user-id', 'an id of the node is used', inDeployment(`${pod}.securityContext.runAsUser`, 1000)],
  [
    'read-only-root',
    'the root can be written',
    inDeployment(`${container}.securityContext.readOnlyRootFilesystem`, false),
  ],
  [
    'privilege-escalation',
    'nothing forbids it',
    inDeployment(`${container}.securityContext.allowPrivilegeEscalation`, null),
  ],
  ['privileged', 'the container is', inDeployment(`${container}.securityContext.privileged`, true)],
  ['capabilities', 'they are kept', inDeployment(`${container}.securityContext.capabilities`, null)],
  ['capabilities', 'one is added', inDeployment(`${container}.securityContext.capabilities.add`, ['SYS_ADMIN'])],
  ['seccomp', 'there is no profile', inDeployment(`${pod}.securityContext.seccompProfile`, null)],
  ['host-namespaces', 'the network of the node is used', inDeployment(`${pod}.hostNetwork`, true)],
  ['host-port', 'a port of the node is taken', inDeployment(`${container}.ports.0.hostPort`, 8080)],
  ['privileged-port', 'a port below 1024 is declared', inDeployment(`${container}.ports.2`, { containerPort: 22 })],
  [
    'host-path',
    'the socket of the runtime is mounted',
    inDeployment(`${pod}.volumes.2`, { name: 'sock', hostPath: { path: '/var/run/docker.sock' } }),
  ],
  [
    'service-account-token',
    'neither pod nor account leaves it out',
    both(
      inDeployment(`${pod}.automountServiceAccountToken`, null),
      inKind('ServiceAccount', 'automountServiceAccountToken', null),
    ),
  ],
  ['default-service-account', 'no account is named', inDeployment(`${pod}.serviceAccountName`, null)],
  [
    'unsafe-kernel',
    'a sysctl is set',
    inDeployment(`${pod}.securityContext.sysctls`, [{ name: 'kernel.msgmax', value: '1' }]),
  ],
  ['unsafe-kernel', '/proc is unmasked', inDeployment(`${container}.securityContext.procMount`, 'Unmasked')],
  ['resources', 'there is no limit of memory', inDeployment(`${container}.resources.limits.memory`, null)],
  [
    'ephemeral-storage',
    'nothing limits the disk',
    inDeployment(`${container}.resources.limits.ephemeral-storage`, null),
  ],
  ['probes', 'there is no readiness', inDeployment(`${container}.readinessProbe`, null)],
  ['probes', 'both probes are one', inDeployment(`${container}.readinessProbe.httpGet.path`, '/healthz')],
  ['probe-port', 'the port is not declared', inDeployment(`${container}.livenessProbe.httpGet.port`, 9091)],
  ['pull-policy', 'the cache will do', inDeployment(`${container}.imagePullPolicy`, 'IfNotPresent')],
  ['disruption-budget', 'there is none', (objects) => void objects.delete('PodDisruptionBudget')],
  ['disruption-budget', 'nobody may go', inKind('PodDisruptionBudget', 'spec.maxUnavailable', 0)],
  [
    'disruption-budget',
    'everybody must stay',
    both(
      inKind('PodDisruptionBudget', 'spec.maxUnavailable', null),
      inKind('PodDisruptionBudget', 'spec.minAvailable', 2),
    ),
  ],
  ['spread', 'nothing spreads them', inDeployment(`${pod}.topologySpreadConstraints`, null)],
  ['single-replica', 'there is one', inDeployment('spec.replicas', 1)],
  ['hpa-and-replicas', 'both say how many', add(hpa({ minReplicas: 2 }))],
  ['rollout', 'some are missing meanwhile', inDeployment('spec.strategy.rollingUpdate.maxUnavailable', 1)],
  ['rollout', 'all are stopped first', inDeployment('spec.strategy', { type: 'Recreate' })],
  ['selector-matches', 'the template says something else', inDeployment('spec.selector.matchLabels', { app: 'chat' })],
  [
    'duplicate-env',
    'one is set twice',
    inDeployment(`${container}.env.1`, { name: 'NODE_OPTIONS', value: '--max-old-space-size=300' }),
  ],
  ['label-values', 'a label holds a space', inDeployment('metadata.labels.team', 'the chat team')],
  ['deprecated-api', 'a budget of a removed version', inKind('PodDisruptionBudget', 'apiVersion', 'policy/v1beta1')],
  ['job-limits', 'a job may pile up', add(cronJob)],
  ['isolated-pods', 'there is no policy', (objects) => void objects.delete('NetworkPolicy')],
  ['service-type', 'a port of every node is opened', inKind('Service', 'spec.type', 'NodePort')],
  ['service-type', 'an external address is taken', inKind('Service', 'spec.externalIPs', ['203.0.113.7'])],
  ['route-host', 'every host is taken', inKind('Ingress', 'spec.rules.0.host', '*.example.org'), ['route-tls']],
  ['route-tls', 'there is no TLS', inKind('Ingress', 'spec.tls', null)],
  ['ingress-class', 'none is named', inKind('Ingress', 'spec.ingressClassName', null)],
  [
    'default-namespace',
    'a Service lies there',
    add({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'other' }, spec: { type: 'ExternalName' } }),
  ],
  [
    'secret-in-env',
    'the key of the provider stands there',
    inDeployment(`${container}.env.1`, { name: 'LLM_PROVIDER_2_API_KEY', value: 'sk-4242' }),
  ],
  [
    'secret-env-ref',
    'a Secret is a variable',
    inDeployment(`${container}.env.1`, {
      name: 'JWT_SECRET',
      valueFrom: { secretKeyRef: { name: 'chatbox-secrets', key: 'JWT_SECRET' } },
    }),
  ],
  [
    'secret-env-ref',
    'a Secret is all variables',
    inDeployment(`${container}.envFrom`, [{ secretRef: { name: 'chatbox-secrets' } }]),
  ],
  [
    'secret-in-configmap',
    'a key of the config file is a secret',
    inKind('ConfigMap', 'data', { 'other.yaml': 'llm:\n  providers:\n    - apiKey: sk-4242\n' }),
  ],
  [
    'secret-in-configmap',
    'a private key lies there',
    inKind('ConfigMap', 'data.pem', '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n'),
  ],
  ['rbac', 'a role may do everything', add(role({ apiGroups: [''], resources: ['*'], verbs: ['get'] }))],
  [
    'rbac',
    'somebody is made cluster admin',
    add({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'a' },
      roleRef: { kind: 'ClusterRole', name: 'cluster-admin' },
    }),
  ],
];

describe('a rule', () => {
  const cases = breaks.map(([rule, how, breakIt, besides = []]) => ({ rule, how, breakIt, besides }));

  it.each(cases)('$rule: $how', ({ rule, breakIt, besides }) => {
    const objects = fixture();
    expect(brokenRules(objects.values())).toEqual([]);
    breakIt(objects);
    expect(brokenRules(objects.values())).toEqual([rule, ...besides].sort());
  });

  it('has a way to break it in this list, an id of its own, and texts for people', () => {
    const ids = rules.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !breaks.some(([rule]) => rule === id))).toEqual([]);
    for (const { id, title, why, fix } of rules) {
      // It must fit into the name of an annotation.
      expect(`waive.${id}`).toMatch(/^[A-Za-z0-9][\w.-]{0,61}[A-Za-z0-9]$/);
      for (const text of [title, why, fix]) expect(text.length).toBeGreaterThan(10);
    }
  });

  it('throws for no manifest, however strange', () => {
    const strange = [null, 7, 'text', [], {}, [[]], [null], { spec: null }, { a: [null, 1, 'x', {}] }];
    const kinds = [
      'Pod',
      'Deployment',
      'CronJob',
      'Service',
      'Ingress',
      'HTTPRoute',
      'NetworkPolicy',
      'ConfigMap',
      'Secret',
      'PodDisruptionBudget',
      'HorizontalPodAutoscaler',
      'ServiceMonitor',
      'Role',
      'ClusterRoleBinding',
      'Namespace',
      'StatefulSet',
      'Job',
    ];
    for (const value of strange) {
      const objects = kinds.map((kind) => ({
        apiVersion: 'v1',
        kind,
        metadata: value,
        spec: value,
        data: value,
        rules: value,
      }));
      const deep = kinds.map((kind) => ({
        apiVersion: 'v1',
        kind,
        metadata: { name: 'x' },
        spec: {
          template: { spec: { containers: [value], volumes: [value], initContainers: value } },
          rules: [value],
          ingress: [value],
          egress: [value],
          ports: [value],
          tls: [value],
        },
      }));
      expect(report([...objects, ...deep]).objects).toBe(kinds.length * 2);
    }
  });
});

describe('what is no mistake', () => {
  const fine: readonly (readonly [how: string, breakIt: Break])[] = [
    [
      'an image by its digest needs no pull',
      both(
        inDeployment(`${container}.image`, `chatbox@sha256:${'a'.repeat(64)}`),
        inDeployment(`${container}.imagePullPolicy`, 'IfNotPresent'),
      ),
    ],
    ['a budget by percent', both(inKind('PodDisruptionBudget', 'spec.maxUnavailable', '50%'))],
    ['an autoscaler instead of replicas', both(inDeployment('spec.replicas', null), add(hpa({ minReplicas: 2 })))],
    [
      'one replica on SQLite, replaced by Recreate',
      both(
        inKind('ConfigMap', 'data', { 'chatbox.yaml': sqlite }),
        inDeployment('spec.replicas', 1),
        inDeployment('spec.strategy', { type: 'Recreate' }),
      ),
    ],
    ['a route to /', inKind('Ingress', 'spec.rules.0.http.paths.0.path', '/')],
    [
      'a Secret that an ExternalSecret makes',
      add({
        apiVersion: 'external-secrets.io/v1',
        kind: 'ExternalSecret',
        metadata: { name: 'x', namespace: 'chat' },
        spec: { target: { name: 'chatbox-secrets' } },
      }),
    ],
    [
      'DNS by a policy of its own',
      (objects) => {
        const policy = objects.get('NetworkPolicy');
        add({
          ...policy,
          metadata: { name: 'dns', namespace: 'chat' },
          spec: {
            podSelector: {},
            policyTypes: ['Egress'],
            egress: [
              {
                ports: [
                  { port: 53, protocol: 'UDP' },
                  { port: 53, protocol: 'TCP' },
                ],
              },
            ],
          },
        })(objects);
        set(policy, 'spec.egress.0.ports', [{ port: 443 }]);
      },
    ],
    [
      'a variable that says where a secret lies',
      inDeployment(`${container}.env.1`, { name: 'CHATBOX_TOKEN_FILE', value: '/run/secrets/token' }),
    ],
    [
      'Traefik ends TLS by an annotation',
      both(
        inKind('Ingress', 'spec.tls', null),
        inKind('Ingress', 'metadata.annotations', { 'traefik.ingress.kubernetes.io/router.tls': 'true' }),
      ),
    ],
  ];

  it.each(fine)('%s', (_how, change) => {
    const objects = fixture();
    change(objects);
    expect(brokenRules(objects.values())).toEqual([]);
  });

  it('a chart, whose objects name no namespace at all', () => {
    const objects = fixture();
    objects.delete('Namespace');
    for (const object of objects.values()) set(object, 'metadata.namespace', null);
    expect(brokenRules(objects.values())).toEqual([]);
    set(objects.get('Service'), 'metadata.namespace', 'default');
    expect(brokenRules(objects.values())).toEqual(['default-namespace']);
  });

  it('M6: what is optional, or in every namespace, need not be among the manifests', () => {
    const objects = fixture();
    set(objects.get('Deployment'), `${pod}.volumes.2`, { name: 'ca', configMap: { name: 'kube-root-ca.crt' } });
    set(objects.get('Deployment'), `${pod}.volumes.3`, { name: 'more', configMap: { name: 'more', optional: true } });
    expect(brokenRules(objects.values())).toEqual([]);
    set(objects.get('Deployment'), `${pod}.volumes.3.configMap.optional`, false);
    expect(brokenRules(objects.values())).toEqual(['M6']);
  });

  it('R15: a range of ports, or none at all, lets out what lies in it', () => {
    const objects = fixture();
    const policy = objects.get('NetworkPolicy');
    set(policy, 'spec.egress.1.ports', [{ port: 400, endPort: 30_000, protocol: 'TCP' }]);
    expect(brokenRules(objects.values())).toEqual([]);
    set(policy, 'spec.egress.1.ports', [{ port: 400, endPort: 20_000, protocol: 'TCP' }]);
    expect(report(objects.values()).findings.map(({ message }) => message)).toEqual([
      expect.stringContaining('cannot reach MongoDB'),
    ]);
    set(policy, 'spec.egress.1.ports', null);
    expect(brokenRules(objects.values())).toEqual([]);
  });

  it('R16: words for people are no placeholders, and of a secret nothing is shown', () => {
    const objects = fixture();
    set(objects.get('Ingress'), 'metadata.annotations', { note: 'replace me when your-team has a name' });
    set(objects.get('ConfigMap'), 'data', {
      'chatbox.yaml': 'chat:\n  systemPrompt: |\n    Ask for your-order number.\n',
    });
    expect(brokenRules(objects.values())).toEqual([]);
    set(objects.get('Deployment'), `${container}.env.1`, {
      name: 'JWT_SECRET',
      value: 'CHANGE_ME-half-of-the-real-one',
    });
    const { findings } = report(objects.values());
    expect(findings.map(({ rule }) => rule)).toContain('R16');
    expect(JSON.stringify(findings)).not.toContain('half-of-the-real-one');
  });

  it('H3: a rewrite before something else than chatbox', () => {
    const objects = fixture('h3-rewrite-nginx');
    set(objects.get('Deployment'), `${container}.image`, 'registry.example.com/web:1');
    set(objects.get('Deployment'), `${container}.name`, 'web');
    expect(brokenRules(objects.values())).toEqual([]);
  });
});
