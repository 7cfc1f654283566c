// Station: test/k8s. `chatbox k8s render` as people use it: what it prints and writes, and what it refuses before anything is written.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { runCli, temporaryFolder } from '../helpers/cli.js';

const least = ['--image', 'registry.example.com/chatbox:1.2.3', '--host', 'chat.example.com'];
const render = (args: readonly string[], cwd?: string) =>
  runCli(['k8s', 'render', ...args], cwd === undefined ? {} : { cwd });
const kindsOf = (text: string) => parseAllDocuments(text).map((document) => document.toJS().kind as string);

describe('chatbox k8s render', () => {
  it('prints every object as YAML, and with --json as one List', async () => {
    const yaml = await render(least);
    expect(yaml.code).toBe(0);
    const json = await render([...least, '--json']);
    const list = JSON.parse(json.stdout);
    expect(list).toMatchObject({ apiVersion: 'v1', kind: 'List' });
    expect(parseAllDocuments(yaml.stdout).map((document) => document.toJS())).toEqual(list.items);
    expect(yaml.stderr).toContain('users get their own words back');
  });

  it('takes its options from a file, which a flag overrules, and the config file beside it', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'deploy'));
    await writeFile(
      join(folder, 'deploy/chatbox.yaml'),
      'limits: { userMessagesPerMinute: 7 }\nllm: { providers: [{ type: echo }] }\n',
    );
    await writeFile(
      join(folder, 'deploy/render.yaml'),
      'image: chatbox:1.0.0\nhost: chat.example.com\nconfig: chatbox.yaml\nreplicas: 4\nmonitoring: true\ningressClass: edge\ncontrollerNamespace: edge\ncontrollerLabels: { app: proxy, tier: edge }\negressPorts: [25, 587]\n',
    );
    const { code, stdout } = await render(
      ['--from', 'deploy/render.yaml', '--image', 'chatbox:2.0.0', '--max-replicas', '4'],
      folder,
    );
    expect(code).toBe(0);
    const objects = parseAllDocuments(stdout).map((document) => document.toJS());
    const deployment = objects.find(({ kind }) => kind === 'Deployment');
    expect(deployment.spec.replicas).toBe(4);
    expect(deployment.spec.template.spec.containers[0].image).toBe('chatbox:2.0.0');
    expect(parse(objects.find(({ kind }) => kind === 'ConfigMap').data['chatbox.yaml']).limits).toEqual({
      userMessagesPerMinute: 7,
    });
    expect(
      objects.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'chatbox').spec.ingress[0]
        .from[0].podSelector.matchLabels,
    ).toEqual({ app: 'proxy', tier: 'edge' });
    expect(kindsOf(stdout)).toContain('PodMonitor');
  });

  it('writes a kustomization, the same bytes again, and takes away what is no longer wanted', async () => {
    const folder = await temporaryFolder();
    expect((await render([...least, '--monitoring', '--output-dir', 'k8s'], folder)).code).toBe(0);
    const first = await readdir(join(folder, 'k8s'));
    const text = await readFile(join(folder, 'k8s/deployment.yaml'), 'utf8');
    const again = await render([...least, '--output-dir', 'k8s', '--json'], folder);
    const files = await readdir(join(folder, 'k8s'));
    expect(first).toContain('pod-monitor.yaml');
    expect(files.sort()).toEqual(JSON.parse(again.stdout).files.sort());
    expect(files).not.toContain('pod-monitor.yaml');
    expect(await readFile(join(folder, 'k8s/deployment.yaml'), 'utf8')).toBe(text);
    const listed = parse(await readFile(join(folder, 'k8s/kustomization.yaml'), 'utf8')).resources;
    expect([...listed, 'kustomization.yaml'].sort()).toEqual(files);
  });

  it('writes into no folder that holds files of others, unless it is told to, and then beside them', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'README.md'), 'mine');
    for (const target of ['--output-dir', '--chart']) {
      const refused = await render([...least, target, '.'], folder);
      expect(refused.code).toBe(6);
      expect(refused.stderr).toContain('holds files that this command did not write: README.md');
      expect(await readdir(folder)).toEqual(['README.md']);
    }
    expect((await render([...least, '--output-dir', '.', '--force'], folder)).code).toBe(0);
    expect(await readFile(join(folder, 'README.md'), 'utf8')).toBe('mine');
    const file = await render([...least, '--chart', 'README.md'], folder);
    expect(file.code).toBe(2);
    expect(file.stderr).toContain('is a file, not a folder');
  });
});

/** Arguments beside the least, what is blamed, and a part of the mend. */
const refusals: readonly (readonly [args: readonly string[], blame: string, mend: string])[] = [
  [['--image', 'chatbox'], '--image', 'names neither a version nor a digest'],
  [['--host', 'http://chat.example.com'], '--host', 'without TLS'],
  [['--host', 'chat.example.com:8443'], '--host', 'without https://, port or path'],
  [['--ingress-class', 'traefik', '--tls-secret', ''], '--tls-secret', 'without TLS'],
  [['--path-prefix', 'chat'], '--path-prefix', 'must start with /'],
  [['--path-prefix', '/chat/'], '--path-prefix', 'must not end with /'],
  [['--store', 'sqlite', '--replicas', '2'], '--replicas', '--store mongodb'],
  [['--store', 'sqlite', '--max-replicas', '2'], '--max-replicas', '--store mongodb'],
  [['--store', 'sqlite', '--with-dev-dependencies'], '--with-dev-dependencies', 'take one of them out'],
  [['--replicas', '4', '--max-replicas', '3'], '--max-replicas', 'raise it, or lower --replicas'],
  [['--replicas', '0'], '--replicas', 'from 1 to 1000'],
  [['--grace', '30s'], '--grace', 'or lower SHUTDOWN_TIMEOUT'],
  [['--route', 'ingress'], '--route', 'add --ingress-class'],
  [['--route', 'dns'], '--route', 'one of gateway, ingress'],
  [['--route', 'gateway', '--ingress-class', 'nginx'], '--ingress-class', 'add --route ingress'],
  [['--ingress-class', 'nginx', '--gateway', 'main'], '--gateway', 'take it out'],
  [['--tls-secret', 'tls'], '--tls-secret', 'add --route ingress'],
  [
    ['--ingress-class', 'nginx', '--tls-secret', 'chatbox-secrets'],
    '--tls-secret',
    'keep certificate and secrets apart',
  ],
  [['--ingress-class', 'edge'], '--ingress-class', '--controller-namespace'],
  [['--controller-labels', ''], '--controller-labels', 'key=value'],
  [['--monitoring-namespace', 'watch'], '--monitoring-namespace', 'add --monitoring'],
  [['--storage', '1Gi'], '--storage', 'add --store sqlite'],
  [['--cpu', '3'], '--cpu-limit', 'lower --cpu'],
  [['--memory', '64Mi'], '--memory', 'from 128Mi'],
  [['--namespace', 'default'], '--namespace', 'take one of its own'],
  [['--secret-name', 'REPLACE_WITH_NAME'], '--secret-name', 'put the real value there'],
  [['--origins', '*'], '--origins', 'exact origin'],
  [['--config', 'none.yaml'], '--config none.yaml', 'is not there'],
  [['--from', 'none.yaml'], '--from none.yaml', 'is not there'],
];

describe('chatbox k8s render refuses', () => {
  it.each(refusals)('%j', async (args, blame, mend) => {
    const folder = await temporaryFolder();
    const given = least.filter((_, index) => !args.includes(least[index - (index % 2)] ?? ''));
    const { code, stdout, stderr } = await render([...given, ...args, '--output-dir', 'out'], folder);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(`  ${blame}: `);
    expect(stderr).toContain(mend);
    expect(await readdir(folder)).toEqual([]);
  });

  it('a placeholder of a host as just that, not as missing too, and asks to mend the one problem there is', async () => {
    const { code, stderr } = await runCli([
      'k8s',
      'render',
      '--image',
      'a.test/chatbox:1.0.0',
      '--host',
      'CHANGE_ME.test',
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('there is a problem:\n  --host: holds a placeholder');
    expect(stderr).not.toContain('is not given');
    expect(stderr).toContain('fix: mend it; see');
    const two = await runCli(['k8s', 'render', '--host', 'CHANGE_ME.test']);
    expect(two.stderr).toContain('--image: is not given');
    expect(two.stderr).toContain('fix: mend them all; see');
  });

  it('an option that it does not know, on the command line and in a file', async () => {
    expect((await render([...least, '--hosts', 'x'])).stderr).toContain("unknown option '--hosts'");
    const folder = await temporaryFolder();
    await writeFile(
      join(folder, 'render.yaml'),
      'image: chatbox:1.0.0\nhosst: chat.example.com\nreplicas:\n  - a: 1\n',
    );
    const { code, stderr } = await render(['--from', 'render.yaml'], folder);
    expect(code).toBe(2);
    expect(stderr).toContain('render.yaml:2 hosst: is not a known option (did you mean host?)');
    expect(stderr).toContain('--host: is not given');
    await writeFile(join(folder, 'render.yaml'), 'image: [\n');
    expect((await render(['--from', 'render.yaml'], folder)).stderr).toContain('is not valid YAML');
    await writeFile(join(folder, 'render.yaml'), '- image\n');
    expect((await render(['--from', 'render.yaml'], folder)).stderr).toContain('must be a map of options');
  });

  it('a config file that no pod could run with, all of it at once', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'chatbox.yaml'), 'http: { port: 80, host: 127.0.0.1 }\nops: { port: 443 }\n');
    const { code, stderr } = await render([...least, '--config', 'chatbox.yaml'], folder);
    expect(code).toBe(2);
    expect(stderr).toContain('chatbox.yaml:1 http.port: is a port that no user but root may open');
    expect(stderr).toContain('chatbox.yaml:1 http.host: is reached from inside the pod alone');
    expect(stderr).toContain('chatbox.yaml:2 ops.port: is a port that no user but root may open');
    await writeFile(
      join(folder, 'chatbox.yaml'),
      'shutdown: { timeout: 10s }\nchat: { systemPromt: x }\nops: { port: off }\n',
    );
    const more = await render([...least, '--config', 'chatbox.yaml', '--monitoring'], folder);
    expect(more.stderr).toContain('did you mean chat.systemPrompt?');
    expect(more.stderr).toContain('chatbox.yaml:1 shutdown.timeout: the shutdown does not fit');
    for (const folderOfData of ['data', '/tmp/chatbox', '/', '/etc']) {
      await writeFile(join(folder, 'chatbox.yaml'), `store: { kind: SQLite, dataDir: ${folderOfData} }\n`);
      const wrong = await render([...least, '--config', 'chatbox.yaml'], folder);
      expect(wrong.stderr).toContain('chatbox.yaml:1 store.dataDir: is no folder that a volume can be mounted on');
    }
    await writeFile(join(folder, 'chatbox.yaml'), 'ops: { port: off }\n');
    expect((await render([...least, '--config', 'chatbox.yaml', '--monitoring'], folder)).stderr).toContain(
      '--monitoring: needs the operations port',
    );
  });

  it('both ways to write at once', async () => {
    const { code, stderr } = await render([...least, '--output-dir', 'a', '--chart', 'b']);
    expect(code).toBe(2);
    expect(stderr).toContain('keep one of them');
  });
});
