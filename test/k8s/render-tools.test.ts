// Station: test/k8s. The real kubectl and helm take what is written: the kustomization builds, the chart is linted and templated, and both say what the stream says.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { runCli, temporaryFolder } from '../helpers/cli.js';
import {
  hasKubeTools,
  type KubeTools,
  type ProgramResult,
  runProgram,
  unpackKubeTools,
} from '../helpers/kube-tools.js';
import { mayRun } from '../helpers/required.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const may = mayRun('kubectl', hasKubeTools, 'kubectl and helm are there for Linux on x86-64 alone');

const variants: Readonly<Record<string, readonly string[]>> = {
  default: [],
  'K3s with Traefik': ['--ingress-class', 'traefik', '--cluster-issuer', 'letsencrypt', '--secret-version', '7'],
  HAProxy: ['--ingress-class', 'haproxy', '--replicas', '3', '--max-replicas', '3'],
  'nginx with SQLite': ['--ingress-class', 'nginx', '--store', 'sqlite'],
  everything: ['--monitoring', '--with-dev-dependencies', '--name', 'talk', '--namespace', 'talk'],
};

interface Loose {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const objectsOf = (text: string): Loose[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as Loose | null)
    .filter((object) => object !== null);

const sorted = (objects: readonly Loose[]): readonly Loose[] =>
  [...objects].sort((a, b) => (`${a.kind} ${a.metadata.name}` < `${b.kind} ${b.metadata.name}` ? -1 : 1));

describe.skipIf(!may)('kubectl and helm', () => {
  let tools: KubeTools | null = null;
  const run = (name: 'kubectl' | 'helm', args: readonly string[], cwd: string): Promise<ProgramResult> => {
    const env = { PATH: process.env.PATH, HOME: cwd };
    return runProgram(tools?.[name] ?? name, args, { cwd, env });
  };

  beforeAll(async () => {
    tools = await unpackKubeTools();
  });
  afterAll(() => tools?.remove());

  /** Renders into a folder, beside a config file with what Helm might take for its own. */
  async function rendered(args: readonly string[]) {
    const folder = await temporaryFolder();
    await writeFile(
      join(folder, 'chatbox.yaml'),
      'chat:\n  systemPrompt: |\n    Say {{ name }} and {{- "x" }}.\n\n    Then stop.\nllm: { providers: [{ type: echo }] }\n',
    );
    const least = [
      'k8s',
      'render',
      '--image',
      'registry.example.com/chatbox:1.2.3',
      '--host',
      'chat.example.com',
      '--config',
      'chatbox.yaml',
    ];
    const into = async (...more: readonly string[]) => {
      // A chart always has a version of the Secret among its values; the stream has one where it is given.
      const result = await runCli([...least, '--secret-version', '1', ...args, ...more], { cwd: folder });
      expect(result.code, result.stderr).toBe(0);
      return result.stdout;
    };
    return { folder, into };
  }

  it.each(Object.entries(variants))('%s: kubectl builds the kustomization, and it is the same set', async (_, args) => {
    const { folder, into } = await rendered(args);
    await into('--output-dir', 'k8s');
    const built = await run('kubectl', ['kustomize', 'k8s'], folder);
    expect(built.code, built.stderr).toBe(0);
    expect(sorted(objectsOf(built.stdout))).toEqual(sorted(objectsOf(await into())));
  });

  it.each(Object.entries(variants))('%s: helm lints the chart and makes the same set of it', async (_, args) => {
    const { folder, into } = await rendered(args);
    await into('--chart', 'chart');
    const lint = await run('helm', ['lint', '--strict', 'chart'], folder);
    expect(lint.code, lint.stdout + lint.stderr).toBe(0);
    expect(lint.stdout).not.toMatch(/\[(WARNING|ERROR)\]/);
    const namespace = args.includes('--namespace') ? 'talk' : 'chatbox';
    const made = await run('helm', ['template', 'release', 'chart', '--namespace', namespace], folder);
    expect(made.code, made.stderr).toBe(0);
    const plain = objectsOf(await into()).filter(
      ({ kind, metadata }) => kind !== 'Namespace' && !metadata.name.endsWith('default-deny'),
    );
    const bare = plain.map(({ metadata: { namespace: own, ...metadata }, ...object }) => {
      expect(own).toBe(namespace);
      return { ...object, metadata };
    });
    expect(sorted(objectsOf(made.stdout))).toEqual(sorted(bare));
  });

  it('a chart takes its values, and refuses those that it must not have', async () => {
    const { folder, into } = await rendered(['--ingress-class', 'nginx']);
    await into('--chart', 'chart');
    expect(parse(await readFile(join(folder, 'chart/values.yaml'), 'utf8'))).toEqual({
      image: 'registry.example.com/chatbox:1.2.3',
      replicas: 2,
      maxReplicas: 6,
      secretName: 'chatbox-secrets',
      secretVersion: '1',
      tlsSecret: 'chatbox-tls',
    });
    const set = [
      '--set',
      'image=chatbox:2.0.0,replicas=5,maxReplicas=8,secretName=other,tlsSecret=cert',
      '--set-string',
      'secretVersion=1e3',
    ];
    const made = await run('helm', ['template', 'r', 'chart', '-n', 'elsewhere', ...set], folder);
    expect(made.code, made.stderr).toBe(0);
    const text = JSON.stringify(objectsOf(made.stdout));
    for (const part of [
      '"image":"chatbox:2.0.0"',
      '"minReplicas":5',
      '"maxReplicas":8',
      '"name":"other"',
      '"secretName":"cert"',
      '"chatbox.dev/secret-version":"1e3"',
    ])
      expect(text).toContain(part);
    for (const wrong of ['image=chatbox:latest', 'image=chatbox', 'replicas=0', 'repliccas=2', 'secretName=']) {
      const refused = await run('helm', ['template', 'r', 'chart', '--set', wrong], folder);
      expect(refused.code, wrong).not.toBe(0);
    }
  });
});
