// Station: test/k8s. Renders on a real control plane: admitted, available, changed without a gap, and changed back. What is behind a pod is simulated there.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { secretEntry } from '../../src/cli/secrets/wanted.js';
import type { Manifest } from '../../src/k8s/objects/manifest.js';
import { toStream } from '../../src/k8s/to-yaml.js';
import { runCli, temporaryFolder } from '../helpers/cli.js';
import { allOf, type Options, oneOf, renderOf } from '../helpers/k8s-render.js';
import { hasCluster, kubectl, kubeGet } from '../helpers/kube-cluster.js';
import { runProgram } from '../helpers/kube-tools.js';
import { eventually } from '../helpers/poll.js';
import { mayRun, programOf } from '../helpers/required.js';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

const may = mayRun('kubernetes', hasCluster(), 'there is no control plane of this machine (KUBECONFIG)');
const hasScore = may && mayRun('kubernetes', programOf('kube-score') !== null, 'kube-score is not installed');

const models = 'llm: { providers: [{ type: openai, endpoint: "https://llm.example.com/v1", model: m }] }\n';
const noSecrets =
  'encryption: { mode: off }\nauth: { jwksUrl: "https://login.example.com/keys" }\nllm: { providers: [{ type: echo }] }\n';

interface Variant {
  readonly options: Options;
  readonly config: string;
}

const variants: Readonly<Record<string, Variant>> = {
  'r-default': { options: {}, config: models },
  'r-traefik': { options: { ingressClass: 'traefik', replicas: '3', maxReplicas: '3' }, config: models },
  'r-haproxy': { options: { ingressClass: 'haproxy', clusterIssuer: 'letsencrypt', pathPrefix: '/' }, config: models },
  'r-everything': {
    options: { monitoring: 'true', withDevDependencies: 'true', name: 'talk', secretVersion: '3' },
    config: models,
  },
  'r-nginx': { options: { ingressClass: 'nginx', monitoring: 'true', egressPorts: '587,8443' }, config: models },
  'r-fixed': { options: { replicas: '3', maxReplicas: '3', existingNamespace: 'true' }, config: models },
  'r-sqlite': { options: { ingressClass: 'nginx', store: 'sqlite' }, config: models },
  'r-no-secrets': { options: { store: 'sqlite', ingressClass: 'traefik' }, config: noSecrets },
};

interface DeploymentNow {
  readonly metadata: { readonly generation: number; readonly annotations: Readonly<Record<string, string>> };
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly spec: { readonly volumes: readonly unknown[] } };
  };
  readonly status: {
    readonly availableReplicas?: number;
    readonly updatedReplicas?: number;
    readonly observedGeneration?: number;
  };
}

interface Listed<T> {
  readonly items: readonly T[];
}

const revision = ({ metadata }: DeploymentNow) => metadata.annotations['deployment.kubernetes.io/revision'];

/** Applies as people do, as another field manager would be told of; nothing is said beside what was applied. */
async function apply(objects: readonly Manifest[]): Promise<void> {
  const { code, stderr } = await kubectl(['apply', '--server-side', '--validate=strict', '-f', '-'], toStream(objects));
  expect(stderr).toBe('');
  expect(code).toBe(0);
}

/** The Secret of the server, as chatbox itself makes it, with every key that the pods wait for. */
async function createSecrets(namespace: string, name: string, config: string, keys: readonly string[]): Promise<void> {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, 'uri'), 'mongodb://user:p4ss-Wd8@db.test/chat');
  await writeFile(join(cwd, 'chatbox.yaml'), config);
  const from = keys.includes('MONGO_URI') ? ['--from-file', 'MONGO_URI=uri'] : ['--without', 'MONGO_URI'];
  const place = ['--namespace', namespace, '--name', name, '--kubeconfig', process.env.KUBECONFIG ?? ''];
  const made = await runCli(['secrets', 'create', '--apply', '--config', 'chatbox.yaml', ...from, ...place], { cwd });
  expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('is created') });
  const { data } = await kubeGet<{ data: Readonly<Record<string, string>> }>(['secret', name, '-n', namespace]);
  expect(Object.keys(data)).toEqual(expect.arrayContaining([...keys]));
}

/** The Secret of the test MongoDB: it is none of chatbox's. */
async function makeSecret(namespace: string, name: string, keys: readonly string[]): Promise<void> {
  const stringData = Object.fromEntries(keys.map((key) => [key, `value-of-${key}`]));
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData };
  expect(await kubectl(['apply', '--server-side', '-f', '-'], secret)).toMatchObject({ code: 0 });
}

/** A volume for each claim: nobody provisions them here. */
async function makeVolume(namespace: string, claim: string): Promise<void> {
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `${namespace}-${claim}` },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '20Gi' },
      claimRef: { namespace, name: claim },
      hostPath: { path: '/var/lib/none' },
      persistentVolumeReclaimPolicy: 'Delete',
    },
  };
  expect(await kubectl(['apply', '--server-side', '-f', '-'], volume)).toMatchObject({ code: 0 });
}

/** A namespace that whoever runs the cluster made before, as strict as the rendered one. */
function namespaceThere(name: string): Manifest {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

/** The namespace with what a deployment finds there: its secrets, and volumes. */
async function prepare(namespace: string, objects: readonly Manifest[], config: string): Promise<void> {
  onTestFinished(async () => {
    await kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']);
  });
  const rendered = allOf(objects, 'Namespace');
  await apply(rendered.length > 0 ? rendered : [namespaceThere(namespace)]);
  for (const { spec } of [...allOf(objects, 'Deployment'), ...allOf(objects, 'StatefulSet')]) {
    for (const volume of spec.template.spec.volumes) {
      if (!('projected' in volume)) continue;
      const needed = volume.projected.sources.filter(({ secret }) => secret.optional !== true);
      for (const { secret } of needed) {
        const keys = secret.items.map(({ key }) => key);
        if (keys.every((key) => secretEntry(key) !== undefined))
          await createSecrets(namespace, secret.name, config, keys);
        else await makeSecret(namespace, secret.name, keys);
      }
    }
  }
  const claims = allOf(objects, 'PersistentVolumeClaim').map(({ metadata }) => metadata.name);
  const ofSets = allOf(objects, 'StatefulSet').map(({ metadata }) => `data-${metadata.name}-0`);
  for (const claim of [...claims, ...ofSets]) await makeVolume(namespace, claim);
}

/** Waits until as many servers as asked for run the newest template. */
async function settled(namespace: string, name: string, replicas: number): Promise<DeploymentNow> {
  return await eventually(
    async () => {
      const now = await kubeGet<DeploymentNow>(['deployment', name, '-n', namespace]);
      const { availableReplicas, updatedReplicas, observedGeneration } = now.status;
      const isDone =
        observedGeneration === now.metadata.generation &&
        now.spec.replicas === replicas &&
        availableReplicas === replicas &&
        updatedReplicas === replicas;
      return isDone ? now : null;
    },
    { timeoutMs: 90_000, everyMs: 200, what: `${replicas} available servers in ${namespace}` },
  );
}

/** How many servers were available at each change, from now until it is stopped. */
function watchAvailable(namespace: string, name: string) {
  const path = '{.status.availableReplicas}{"\\n"}';
  const child = spawn('kubectl', ['get', 'deployment', name, '-n', namespace, '--watch', '-o', `jsonpath=${path}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (part: Buffer) => {
    text += part.toString();
  });
  const seen = () => text.split('\n').slice(0, -1).map(Number);
  return {
    seen,
    async stop(): Promise<readonly number[]> {
      child.kill('SIGTERM');
      await once(child, 'exit');
      return seen();
    },
  };
}

async function rejections(namespace: string): Promise<readonly string[]> {
  const { items } = await kubeGet<Listed<{ reason: string; message: string }>>(['events', '-n', namespace]);
  return items.filter(({ reason }) => /^(FailedCreate|FailedMount)$/.test(reason)).map(({ message }) => message);
}

describe.skipIf(!may)('on a control plane', () => {
  it.each(Object.entries(variants))(
    '%s is admitted, available, changed without a gap and changed back',
    async (namespace, { options, config }) => {
      const of = (text: string) => renderOf({ ...options, namespace }, text);
      const objects = await of(config);
      const {
        metadata: { name },
      } = oneOf(objects, 'Deployment');
      const isAlone = options.store === 'sqlite';
      const replicas = isAlone ? 1 : Number(options.replicas ?? 2);
      await prepare(namespace, objects, config);

      await apply(objects);
      const first = await settled(namespace, name, replicas);
      expect(await rejections(namespace)).toEqual([]);

      await apply(objects);
      const same = await settled(namespace, name, replicas);
      expect({ revision: revision(same), generation: same.metadata.generation }).toEqual({
        revision: revision(first),
        generation: first.metadata.generation,
      });

      const watch = watchAvailable(namespace, name);
      await eventually(() => watch.seen().length > 0, { what: 'the watch to begin', timeoutMs: 20_000 });
      const changed = await of(`${config}limits: { userMessagesPerMinute: 7 }\n`);
      await apply(changed);
      const second = await settled(namespace, name, replicas);
      const seen = await watch.stop();
      expect(revision(second)).toBe(String(Number(revision(first)) + 1));
      if (!isAlone) expect(Math.min(...seen)).toBe(replicas);

      await apply(objects);
      const back = await settled(namespace, name, replicas);
      expect(back.spec.template).toEqual(first.spec.template);
      const sets = await kubeGet<Listed<unknown>>(['replicasets', '-n', namespace]);
      expect(sets.items).toHaveLength(2);
      expect(await rejections(namespace)).toEqual([]);
    },
  );

  it('its namespace refuses a pod that is not restricted, and the cluster a field that is misspelt', async () => {
    const namespace = 'r-refusing';
    const objects = await renderOf({ namespace });
    await prepare(namespace, objects, models);
    const text = stringify({ ...oneOf(objects, 'Deployment') }).replace('enableServiceLinks', 'enableServiceLink');
    const misspelt = await kubectl(['apply', '--server-side', '--validate=strict', '-f', '-'], text);
    expect(misspelt.code).not.toBe(0);
    expect(misspelt.stderr).toContain('enableServiceLink');
    const { spec } = oneOf(objects, 'Deployment').spec.template;
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'open', namespace },
      spec: { containers: [{ name: 'open', image: spec.containers[0]?.image }] },
    };
    expect((await kubectl(['apply', '--server-side', '-f', '-'], pod)).stderr).toContain(
      'violates PodSecurity "restricted:latest"',
    );
  });
});

describe.skipIf(!hasScore)('kube-score', () => {
  it.each(Object.entries(variants))('finds nothing critical in %s', async (namespace, { options, config }) => {
    const text = toStream(await renderOf({ ...options, namespace }, config));
    expect(parseAllDocuments(text).length).toBeGreaterThan(6);
    const { stdout } = await runProgram('kube-score', ['score', '-', '--output-format', 'ci'], { input: text });
    expect(stdout).toContain('[OK]');
    expect(stdout.split('\n').filter((line) => line.startsWith('[CRITICAL]'))).toEqual([]);
  });
});
