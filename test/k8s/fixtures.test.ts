// Station: test/k8s. A fixture for each kind of mistake that the reference made: the check names each one, by its id and its place.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCli } from '../helpers/cli.js';

const folder = fileURLToPath(new URL('fixtures/', import.meta.url));

interface Shown {
  readonly rule: string;
  readonly object: string;
  readonly message: string;
  readonly line: number;
}

async function check(fixture: string): Promise<{ readonly code: number; readonly findings: readonly Shown[] }> {
  const { code, stdout, stderr } = await runCli(['k8s', 'check', `${fixture}.yaml`, '--json'], { cwd: folder });
  expect(stderr).toBe('');
  const { findings } = JSON.parse(stdout) as { findings: readonly Shown[] };
  return { code, findings };
}

/** What each fixture is told: the finding, and what its messages name. */
const told: readonly (readonly [title: string, fixture: string, rule: string, says: readonly string[]])[] = [
  ['H3: a rewrite of nginx strips the prefix', 'h3-rewrite-nginx', 'H3', ['rewrite-target']],
  ['H3: a Middleware of Traefik strips the prefix', 'h3-strip-traefik', 'H3', ['Middleware strip (stripPrefix)']],
  ['H3: a filter of an HTTPRoute strips the prefix', 'h3-rewrite-gateway', 'H3', ['URLRewrite']],
  ['H3: the route leads past the prefix', 'h3-other-prefix', 'H3', ['"/chat"', '/chatbox']],
  ['H3: a probe forgets the prefix', 'h3-probe', 'H3', ['readinessProbe', '"/readyz"']],
  ['H5: the grace period ends with the shutdown', 'h5-grace', 'H5', ['30 s', 'preStop 5 s + shutdown 30 s']],
  ['M1: a URI without credentials in a ConfigMap', 'm1-uri-in-configmap', 'M1', ['without credentials']],
  ['M1: a URI with credentials in the environment', 'm1-uri-in-env', 'M1', ['MONGO_URI', 'with its credentials']],
  ['M6: the route leads to another Service', 'm6-service-name', 'M6', ['chatbox-websocket']],
  ['M6: selectors select nothing', 'm6-selectors', 'M6', ['selects no pod: app=chatbox']],
  [
    'M6: names lead nowhere',
    'm6-names',
    'M6',
    ['ServiceAccount chat-box', 'ConfigMap chatbox-conf', 'Deployment chat'],
  ],
  ['M6: ports lead nowhere', 'm6-ports', 'M6', ['port 8080 of Service chatbox', 'to web']],
  ['M6: another Secret is mounted', 'm6-secret', 'M6', ['Secret chatbox-secrets']],
  ['R14: latest', 'r14-latest', 'R14', ['chatbox:latest']],
  ['R14: no tag, behind a registry with a port', 'r14-no-tag', 'R14', ['names no tag']],
  ['R15: a namespace alone', 'r15-namespace-alone', 'R15', ['by namespace, and not by pod']],
  ['R15: namespace and pod apart', 'r15-separate-entries', 'R15', ['by namespace, and not by pod']],
  ['R15: no way out', 'r15-no-way-out', 'R15', ['DNS', 'MongoDB', 'Redis', 'HTTPS']],
  ['R16: a host and an endpoint', 'r16-placeholder', 'R16', ['CHANGE_ME.example.org', 'your-endpoint']],
  ['unread config keys', 'unread-config', 'unread-config', ['shutdown.turnGrase', 'CHATBOX_PATH_PREFX', 'RATE_LIMIT']],
];

/** What else a fixture may be told: the same mistake, seen from elsewhere. */
const besides: Readonly<Record<string, readonly string[]>> = {
  'm1-uri-in-configmap': ['secret-in-configmap'],
  'm1-uri-in-env': ['secret-in-env'],
  'm6-selectors': ['disruption-budget'],
};

describe('chatbox k8s check', () => {
  it.each(told)('%s', async (_title, fixture, rule, says) => {
    const { code, findings } = await check(fixture);
    expect(code).toBe(1);
    const named = findings.filter((finding) => finding.rule === rule);
    for (const words of says) expect(named.map(({ message }) => message).join('\n')).toContain(words);
    expect(findings.map((finding) => finding.rule).filter((id) => id !== rule)).toEqual(besides[fixture] ?? []);
    for (const { line, object } of named) {
      expect(line).toBeGreaterThan(1);
      expect(object).toMatch(/^\w+\/chat\/chatbox/);
    }
  });

  it('has nothing to say of the manifests that the fixtures are made of', async () => {
    expect(await check('good')).toEqual({ code: 0, findings: [] });
    expect(await check('good-gateway')).toEqual({ code: 0, findings: [] });
  });

  it('has a test for every fixture', () => {
    const files = readdirSync(folder).map((name) => name.replace('.yaml', ''));
    expect(files.filter((name) => !name.startsWith('good')).sort()).toEqual(told.map(([, fixture]) => fixture).sort());
  });

  it('never repeats a credential that it found', async () => {
    const { stdout } = await runCli(['k8s', 'check', 'm1-uri-in-env.yaml', '--json'], { cwd: folder });
    expect(stdout).not.toContain('hunter2');
    expect((await runCli(['k8s', 'check', 'm1-uri-in-env.yaml', '--sarif'], { cwd: folder })).stdout).not.toContain(
      'hunter2',
    );
  });
});
