// Station: test/k8s. Each object of a render, and the findings that it closes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Manifest } from '../../src/k8s/objects/manifest.js';
import { metricNames } from '../../src/protocol/metric-names.js';
import { createMetrics } from '../../src/server/ops/metrics.js';
import { allOf, deployments, type Options, oneOf, renderOf, settingsOf } from '../helpers/k8s-render.js';

const runs = { numRuns: 100 };

const podOf = (objects: readonly Manifest[], name = 'chatbox') => oneOf(objects, 'Deployment', name).spec.template.spec;

async function containerOf(options: Options = {}, config = '') {
  const [container] = podOf(await renderOf(options, config)).containers;
  if (container === undefined) throw new Error('there is no container');
  return container;
}

const names = (objects: readonly Manifest[]) => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);

describe('the set of objects', () => {
  it('is in the order in which it is applied: what limits others first, what needs others last', async () => {
    const objects = await renderOf({ monitoring: 'true' });
    expect(objects.map(({ kind }) => kind)).toEqual([
      'Namespace',
      'NetworkPolicy',
      'NetworkPolicy',
      'ServiceAccount',
      'ConfigMap',
      'Service',
      'Deployment',
      'PodDisruptionBudget',
      'HorizontalPodAutoscaler',
      'HTTPRoute',
      'PodMonitor',
      'PrometheusRule',
      'ConfigMap',
    ]);
  });

  it('with SQLite is one server with a volume, which is taken down before the next one comes', async () => {
    const objects = await renderOf({ store: 'sqlite', storage: '2Gi', storageClass: 'fast' });
    expect(allOf(objects, 'HorizontalPodAutoscaler')).toEqual([]);
    expect(allOf(objects, 'PodDisruptionBudget')).toEqual([]);
    expect(oneOf(objects, 'PersistentVolumeClaim').spec).toMatchObject({
      storageClassName: 'fast',
      resources: { requests: { storage: '2Gi' } },
    });
    expect(oneOf(objects, 'Deployment').spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    expect(podOf(objects).containers[0]?.volumeMounts).toContainEqual({ name: 'data', mountPath: '/var/lib/chatbox' });
    expect(parse(oneOf(objects, 'ConfigMap').data['chatbox.yaml'] ?? '').store).toEqual({
      kind: 'sqlite',
      dataDir: '/var/lib/chatbox',
    });
  });

  it('leaves a namespace that is there alone, with its other pods', async () => {
    const objects = await renderOf({ existingNamespace: 'true', namespace: 'team' });
    expect(allOf(objects, 'Namespace')).toEqual([]);
    expect(allOf(objects, 'NetworkPolicy')).toHaveLength(1);
    expect(objects.every(({ metadata }) => 'namespace' in metadata && metadata.namespace === 'team')).toBe(true);
  });

  it('brings a MongoDB for a test cluster, whose user comes from a Secret and whom only the server reaches', async () => {
    const objects = await renderOf({ withDevDependencies: 'true' });
    expect(names(objects)).toEqual(
      expect.arrayContaining([
        'StatefulSet chatbox-mongodb',
        'Service chatbox-mongodb',
        'NetworkPolicy chatbox-mongodb',
      ]),
    );
    const policy = oneOf(objects, 'NetworkPolicy', 'chatbox-mongodb');
    expect(policy.spec.egress).toEqual([]);
    expect(policy.spec.ingress[0]?.from).toEqual([
      { podSelector: { matchLabels: oneOf(objects, 'Service', 'chatbox').spec.selector } },
    ]);
    expect(JSON.stringify(oneOf(objects, 'StatefulSet'))).not.toMatch(/mongodb:\/\//);
  });
});

describe('pods', () => {
  it('are held to Pod Security restricted, as the namespace demands', async () => {
    const objects = await renderOf({ withDevDependencies: 'true' });
    expect(oneOf(objects, 'Namespace').metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    const pods = [...allOf(objects, 'Deployment'), ...allOf(objects, 'StatefulSet')].map(
      ({ spec }) => spec.template.spec,
    );
    expect(pods).toHaveLength(2);
    for (const pod of pods) {
      expect(pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 10_001,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const { securityContext, volumeMounts } of pod.containers) {
        expect(securityContext).toMatchObject({
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        });
        expect(volumeMounts.find(({ mountPath }) => mountPath === '/tmp')).toBeDefined();
      }
    }
  });

  it('give the heap of Node three quarters of their memory', async () => {
    const { env, resources } = await containerOf({ memory: '1Gi' });
    expect(resources.limits.memory).toBe('1Gi');
    expect(env).toContainEqual({ name: 'NODE_OPTIONS', value: '--max-old-space-size=768' });
  });

  it('are replaced one by one, never fewer than asked for, spread over nodes and zones', async () => {
    const { spec } = oneOf(await renderOf({ replicas: '4', maxReplicas: '4' }), 'Deployment');
    expect(spec).toMatchObject({ replicas: 4, strategy: { rollingUpdate: { maxUnavailable: 0 } } });
    expect(spec.template.spec.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey)).toEqual([
      'kubernetes.io/hostname',
      'topology.kubernetes.io/zone',
    ]);
  });

  it('leave their number to the autoscaler where there is one', async () => {
    const objects = await renderOf({ replicas: '3' });
    expect(oneOf(objects, 'Deployment').spec.replicas).toBeUndefined();
    expect(oneOf(objects, 'HorizontalPodAutoscaler').spec).toMatchObject({ minReplicas: 3, maxReplicas: 9 });
  });

  it('get their secrets as files: those that the server needs, and those that it reads if they are there', async () => {
    const config = 'llm: { providers: [{ type: openai, endpoint: "https://api.openai.com/v1", model: m }] }';
    const secretsOf = async (options: Options, text: string) => {
      const volume = podOf(await renderOf(options, text)).volumes.find(({ name }) => name === 'secrets');
      const sources = volume !== undefined && 'projected' in volume ? volume.projected.sources : [];
      const keys = (isOptional: boolean) =>
        sources
          .filter(({ secret }) => (secret.optional ?? false) === isOptional)
          .flatMap(({ secret }) => secret.items.map(({ key }) => key));
      return {
        required: keys(false),
        optional: keys(true),
        from: [...new Set(sources.map(({ secret }) => secret.name))],
      };
    };
    expect(await secretsOf({ secretName: 'mine' }, config)).toEqual({
      required: ['MONGO_URI', 'ENCRYPTION_KEYS'],
      optional: ['JWT_SECRET', 'JWT_KEYS', 'ENCRYPTION_KEY', 'LLM_PROVIDER_1_API_KEY'],
      from: ['mine'],
    });
    expect(
      await secretsOf(
        { store: 'sqlite' },
        'encryption: { mode: off }\nauth: { jwksUrl: "https://login.example.com/keys" }',
      ),
    ).toEqual({
      required: [],
      optional: [],
      from: [],
    });
    expect((await containerOf()).env.map(({ name }) => name)).toEqual([
      'CHATBOX_CONFIG',
      'CREDENTIALS_DIRECTORY',
      'NODE_OPTIONS',
    ]);
  });

  it('are replaced when the content of the config file or the version of the Secret changes, and only then', async () => {
    const template = async (options: Options, config = '') =>
      JSON.stringify(oneOf(await renderOf(options, config), 'Deployment').spec.template);
    const first = await template({}, 'limits: { userMessagesPerMinute: 60 }');
    expect(await template({}, '# a remark\nlimits:\n  userMessagesPerMinute: "60"\n')).toBe(first);
    expect(await template({ maxReplicas: '30' }, 'limits: { userMessagesPerMinute: 60 }')).toBe(first);
    expect(await template({}, 'limits: { userMessagesPerMinute: 61 }')).not.toBe(first);
    expect(await template({ secretVersion: '2' })).not.toBe(await template({ secretVersion: '1' }));
    const map = oneOf(await renderOf(), 'ConfigMap');
    expect(map.immutable).toBe(true);
    expect(map.metadata.name).toMatch(/^chatbox-config-[0-9a-f]{10}$/);
  });
});

describe('findings', () => {
  it('H3: route and probes have the prefix of the server, and nothing rewrites it', async () => {
    for (const prefix of ['/chatbox', '/a/b', '']) {
      const pathPrefix = prefix === '' ? '/' : prefix;
      const gateway = await renderOf({ pathPrefix });
      const [rule] = oneOf(gateway, 'HTTPRoute').spec.rules;
      expect(rule?.matches).toEqual([{ path: { type: 'PathPrefix', value: prefix || '/' } }]);
      expect(Object.keys(rule ?? {})).not.toContain('filters');
      for (const ingressClass of ['traefik', 'haproxy', 'nginx']) {
        const ingress = oneOf(await renderOf({ pathPrefix, ingressClass }), 'Ingress');
        expect(ingress.spec.rules[0]?.http.paths.map(({ path }) => path)).toEqual([prefix || '/']);
        expect(Object.keys(ingress.metadata.annotations ?? {}).join()).not.toMatch(/rewrite|strip|middleware/);
      }
      const { livenessProbe, readinessProbe, startupProbe } = await containerOf({ pathPrefix });
      expect([startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet?.path)).toEqual(
        ['/healthz', '/healthz', '/readyz'].map((path) => prefix + path),
      );
      expect((await settingsOf({ pathPrefix })).server.pathPrefix).toBe(prefix);
    }
  });

  it('H5: the grace period is longer than pre-stop and shutdown together, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(deployments, async ({ options, config }) => {
        const settings = await settingsOf(options, config);
        const pod = podOf(await renderOf(options, config), settings.name);
        const preStop = pod.containers[0]?.lifecycle?.preStop.sleep.seconds ?? 0;
        expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(
          preStop + settings.server.shutdownTimeoutMs / 1_000 + 5,
        );
      }),
      runs,
    );
    await expect(settingsOf({ grace: '39s' })).rejects.toThrow(
      /grace: 39 s is shorter than the drain: pre-stop 5 s \+ SHUTDOWN_TIMEOUT 30 s/,
    );
    expect((await settingsOf({ grace: '40s' })).graceSeconds).toBe(40);
  });

  it('M1: no secret is in any object, and one in the config file is refused', async () => {
    await expect(settingsOf({}, 'store:\n  mongoUri: mongodb://mongo/\n')).rejects.toThrow(
      'chatbox.yaml:2 store.mongoUri: is a secret, and a ConfigMap is none (take it out of the file, and put it into the Secret as MONGO_URI)',
    );
    const providers = 'llm:\n  providers:\n    - type: echo\n      apiKey: abc\n';
    await expect(settingsOf({}, providers)).rejects.toThrow('put it into the Secret as LLM_PROVIDER_1_API_KEY');
    expect(JSON.stringify(await renderOf({ withDevDependencies: 'true' }))).not.toMatch(/mongodb:\/\/|stands/);
  });

  it('M6: every reference leads to an object of the set, or to a Secret, Gateway or class that was named', async () => {
    await fc.assert(
      fc.asyncProperty(deployments, async ({ options, config }) => {
        const settings = await settingsOf(options, config);
        const objects = await renderOf(options, config);
        const there = new Set(names(objects));
        const missing: string[] = [];
        const need = (kind: string, name: string) => there.has(`${kind} ${name}`) || missing.push(`${kind} ${name}`);
        const secrets = new Set([settings.secretName, `${settings.name}-mongodb`]);
        for (const { spec } of [...allOf(objects, 'Deployment'), ...allOf(objects, 'StatefulSet')]) {
          const pod = spec.template.spec;
          need('ServiceAccount', pod.serviceAccountName);
          const claimed =
            'volumeClaimTemplates' in spec ? spec.volumeClaimTemplates.map(({ metadata }) => metadata.name) : [];
          const volumes = [...pod.volumes.map(({ name }) => name), ...claimed];
          for (const { name } of pod.containers.flatMap(({ volumeMounts }) => volumeMounts))
            expect(volumes).toContain(name);
          for (const volume of pod.volumes) {
            if ('configMap' in volume) need('ConfigMap', volume.configMap.name);
            if ('persistentVolumeClaim' in volume)
              need('PersistentVolumeClaim', volume.persistentVolumeClaim.claimName);
            if ('projected' in volume)
              for (const { secret } of volume.projected.sources) expect(secrets).toContain(secret.name);
          }
          expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
        }
        for (const { spec } of allOf(objects, 'HorizontalPodAutoscaler')) need('Deployment', spec.scaleTargetRef.name);
        for (const { spec } of allOf(objects, 'HTTPRoute'))
          for (const { name } of spec.rules.flatMap(({ backendRefs }) => backendRefs)) need('Service', name);
        for (const { spec } of allOf(objects, 'Ingress'))
          for (const { http } of spec.rules)
            for (const { backend } of http.paths) need('Service', backend.service.name);
        const pods = [...allOf(objects, 'Deployment'), ...allOf(objects, 'StatefulSet')].map(
          ({ spec }) => spec.template,
        );
        for (const { spec } of allOf(objects, 'Service')) {
          const [pod] = pods.filter(({ metadata }) =>
            Object.entries(spec.selector).every(([key, value]) => metadata.labels[key] === value),
          );
          const ports = pod?.spec.containers.flatMap((container) => container.ports.map(({ name }) => name)) ?? [];
          for (const { targetPort } of spec.ports) expect(ports).toContain(targetPort);
        }
        expect(missing).toEqual([]);
      }),
      runs,
    );
  });

  it('R14: an image without a version, and latest, are refused', async () => {
    for (const image of [
      'chatbox',
      'registry.example.com:5000/chatbox',
      'chatbox:latest',
      'chatbox:latest@',
      'Chat Box:1',
    ]) {
      await expect(settingsOf({ image }), image).rejects.toThrow(/^image: /);
    }
    const digest = `registry.example.com/chatbox:1.2@sha256:${'ab'.repeat(32)}`;
    expect((await containerOf({ image: digest })).image).toBe(digest);
  });

  it('R15: only the controller comes in, by namespace and by pod; out go DNS, MongoDB, Redis, HTTPS and what was named, never the metadata address', async () => {
    const config =
      'llm: { providers: [{ type: openai, endpoint: "http://vllm.models.svc:8000/v1", model: m }, { type: openai, endpoint: "https://llm.example.com:8443", model: n, id: n }] }';
    const objects = await renderOf({ ingressClass: 'traefik', egressPorts: '587' }, config);
    const { ingress, egress, policyTypes } = oneOf(objects, 'NetworkPolicy', 'chatbox').spec;
    expect(policyTypes).toEqual(['Ingress', 'Egress']);
    expect(ingress).toEqual([
      {
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
            podSelector: { matchLabels: { 'app.kubernetes.io/name': 'traefik' } },
          },
        ],
        ports: [{ port: 'http', protocol: 'TCP' }],
      },
    ]);
    expect(egress.flatMap(({ ports = [] }) => ports.map(({ port }) => port))).toEqual([
      53, 53, 27_017, 6_379, 443, 8_443, 587,
    ]);
    expect(egress).toContainEqual({
      to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'models' } } }],
    });
    const open = egress.flatMap(({ to }) => to).flatMap(({ ipBlock }) => ipBlock ?? []);
    expect(open.filter(({ cidr }) => cidr === '0.0.0.0/0').map(({ except }) => except)).toEqual([
      ['169.254.0.0/16'],
      ['169.254.0.0/16'],
      ['169.254.0.0/16'],
    ]);
    expect(oneOf(objects, 'NetworkPolicy', 'chatbox-default-deny').spec).toMatchObject({
      podSelector: {},
      ingress: [],
      egress: [],
    });
  });

  it('R16: a placeholder is refused, naming the option or the line of the file', async () => {
    await expect(settingsOf({ host: 'your-domain.com' })).rejects.toThrow(
      'host: holds a placeholder: "your-domain.com"',
    );
    await expect(settingsOf({ secretName: 'CHANGE_ME' })).rejects.toThrow(
      'secretName: holds a placeholder: "CHANGE_ME"',
    );
    await expect(settingsOf({}, 'http:\n  corsOrigins: https://PLACEHOLDER.example\n')).rejects.toThrow(
      'chatbox.yaml:2 http.corsOrigins: holds a placeholder',
    );
    await expect(settingsOf({}, 'chat:\n  systemPrompt: You work for REPLACE_WITH_NAME.\n')).rejects.toThrow(
      'chatbox.yaml:2 chat.systemPrompt: holds a placeholder',
    );
  });
});

describe('monitoring', () => {
  it('asks for metrics that the server prints, by labels that they have', async () => {
    const metrics = createMetrics({
      storeKind: 'mongodb',
      readProcess: () => ({ residentBytes: 1, heapUsedBytes: 1, cpuSeconds: 1, startedAtSeconds: 1 }),
    });
    try {
      const { meter } = metrics;
      meter.llmAsked('p');
      meter.llmFailed('p', 'timeout');
      meter.llmFirstToken('p', 1);
      meter.storeOperation('append', 1);
      meter.frameFailed('DATABASE_ERROR');
      meter.valueUnreadable('no_key');
      meter.rateLimited('user');
      const text = await metrics.text();
      const labels: Readonly<Record<string, string>> = {
        errorFrames: 'code="DATABASE_ERROR"',
        llmRequests: 'provider=',
        llmErrors: 'provider=',
        llmFirstChunk: 'provider=',
        storeOperation: 'operation=',
        valuesUnreadable: 'reason=',
        rateLimitBlocked: 'limiter=',
        eventLoopLag: 'quantile="0.99"',
      };
      // The app adds these two when it starts.
      const added = new Set(['activeSessions', 'answersInFlight']);
      for (const [key, name] of Object.entries(metricNames).filter(([each]) => !added.has(each))) {
        const line = text.split('\n').find((each) => each.startsWith(name) && each.includes(labels[key] ?? ''));
        expect(line, name).toBeDefined();
      }
    } finally {
      metrics.close();
    }
  });

  it('names in alerts and graphs no metric that is not in the list', async () => {
    const objects = await renderOf({ monitoring: 'true', monitoringLabels: 'release=prometheus' });
    const known = new Set<string>(Object.values(metricNames));
    const text = JSON.stringify([oneOf(objects, 'PrometheusRule'), oneOf(objects, 'ConfigMap', 'chatbox-dashboard')]);
    const asked = [...text.matchAll(/\b(?:chatbox|process)_\w+/g)].map(([name]) => name.replace(/_bucket$/, ''));
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
    expect(new Set(asked).size).toBe(known.size);
    for (const kind of ['PodMonitor', 'PrometheusRule'] as const)
      expect(oneOf(objects, kind).metadata.labels).toMatchObject({ release: 'prometheus' });
    expect(oneOf(objects, 'PodMonitor').spec.podMetricsEndpoints[0]).toMatchObject({ port: 'ops', path: '/metrics' });
  });
});
