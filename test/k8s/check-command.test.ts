import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { rules } from '../../src/k8s/rules/index.js';
import { updateRulesPage } from '../../src/k8s/rules/rules-page.js';
import { runCli, temporaryFolder } from '../helpers/cli.js';

const fixtures = fileURLToPath(new URL('fixtures/', import.meta.url));
const text = (name: string) => readFile(join(fixtures, `${name}.yaml`), 'utf8');
const check = (...argv: readonly string[]) => runCli(['k8s', 'check', ...argv], { cwd: fixtures });

describe('chatbox k8s check', () => {
  it('says counts, and how to mend what it found', async () => {
    const { code, stdout } = await check('r14-latest.yaml');
    expect(code).toBe(1);
    expect(stdout).toContain('error  R14   r14-latest.yaml:83  Deployment/chat/chatbox');
    expect(stdout).toContain('To mend:\n  R14: name a version');
    expect(stdout).toContain(`1 finding (1 error, 0 warnings), 0 waived; 8 objects, ${rules.length} rules\n`);
    expect(await check('good.yaml')).toEqual({
      code: 0,
      stderr: '',
      stdout: `0 findings (0 errors, 0 warnings), 0 waived; 8 objects, ${rules.length} rules\n`,
    });
  });

  it('reads standard input, folders below folders, JSON and Lists, and leaves out what is no manifest', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'deploy/base'), { recursive: true });
    await copyFile(join(fixtures, 'good.yaml'), join(folder, 'deploy/base/all.yml'));
    await writeFile(join(folder, 'deploy/values.yaml'), 'replicas: 2\n');
    await writeFile(
      join(folder, 'deploy/kustomization.yaml'),
      'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n',
    );
    await writeFile(join(folder, 'deploy/helm.yaml'), 'kind: {{ .Values.kind }}\nmetadata: {{- include "x" . }}\n');
    await writeFile(join(folder, 'deploy/notes.txt'), 'a: [');
    const walked = await runCli(['k8s', 'check', 'deploy'], { cwd: folder });
    expect(walked).toMatchObject({ code: 0 });
    expect(walked.stderr.split('\n').filter((line) => line !== '')).toHaveLength(4);
    const pod = { metadata: { name: 'a', namespace: 'x' }, spec: { containers: [{ name: 'a', image: 'a' }] } };
    const lists = JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        { apiVersion: 'v1', kind: 'PodList', items: [pod] },
        { apiVersion: 'v1', kind: 'Pod', ...pod },
      ],
    });
    const { stdout } = await runCli(['k8s', 'check', '-', '--json'], { stdin: lists });
    const { objects, findings } = JSON.parse(stdout) as { objects: number; findings: { rule: string; file: string }[] };
    expect(objects).toBe(2);
    expect(findings.filter(({ rule, file }) => rule === 'R14' && file === 'stdin')).toHaveLength(2);
  });

  it('says of a folder with Helm templates how a chart is checked, beside manifests and alone', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'chart/templates'), { recursive: true });
    await writeFile(
      join(folder, 'chart/templates/a.yaml'),
      'kind: {{ .Values.kind }}\nmetadata: {{- include "x" . }}\n',
    );
    const alone = await runCli(['k8s', 'check', 'chart'], { cwd: folder });
    expect(alone).toMatchObject({ code: 3, stderr: expect.stringContaining('helm template … | chatbox k8s check -') });
    await copyFile(join(fixtures, 'good.yaml'), join(folder, 'chart/good.yaml'));
    const { code, stderr } = await runCli(['k8s', 'check', 'chart'], { cwd: folder });
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^chart\/templates\/a\.yaml:\d+: a Helm template, left out\n.*helm template … \| chatbox k8s check -\n$/,
    );
  });

  it('takes separators at both ends, and comments between, for nothing', async () => {
    const { code } = await runCli(['k8s', 'check', '-'], {
      stdin: `---\n${await text('good')}\n---\n# the end\n---\n`,
    });
    expect(code).toBe(0);
  });

  it('finds across files what lies between them', async () => {
    const folder = await temporaryFolder();
    const [first = '', ...rest] = (await text('good')).split(/^---$/m);
    await writeFile(join(folder, 'a.yaml'), [first, ...rest.slice(0, 2)].join('---'));
    await writeFile(join(folder, 'b.yaml'), rest.slice(2).join('---'));
    expect(await runCli(['k8s', 'check', 'a.yaml', 'b.yaml'], { cwd: folder })).toMatchObject({ code: 0 });
    const alone = await runCli(['k8s', 'check', 'b.yaml'], { cwd: folder });
    expect(alone.code).toBe(1);
    expect(alone.stdout).toContain('refers to ConfigMap chatbox-config, which is not there');
  });

  it('prints SARIF that names every rule, line and waiver', async () => {
    const { code, stdout } = await check('h3-rewrite-nginx.yaml', '--sarif');
    const { version, runs } = JSON.parse(stdout) as {
      version: string;
      runs: { tool: { driver: { rules: unknown[] } }; results: { ruleId: string; locations: unknown[] }[] }[];
    };
    expect({ code, version }).toEqual({ code: 1, version: '2.1.0' });
    expect(runs[0]?.tool.driver.rules).toHaveLength(rules.length);
    expect(runs[0]?.results.map(({ ruleId }) => ruleId)).toEqual(['H3', 'H3']);
    expect(JSON.stringify(runs[0]?.results[0]?.locations)).toContain(
      '"uri":"h3-rewrite-nginx.yaml"},"region":{"startLine":142}',
    );
  });

  it('lists its rules', async () => {
    const { code, stdout } = await check('--rules', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toHaveLength(rules.length);
    expect((await check('--rules')).stdout).toContain('H3');
  });

  it('has a page on which every rule stands', async () => {
    const page = await readFile(new URL('../../docs/kubernetes-check.md', import.meta.url), 'utf8');
    expect(updateRulesPage(page)).toBe(page);
    for (const { id } of rules) expect(page).toContain(`| \`${id}\``);
    expect(() => updateRulesPage('no markers')).toThrow('lacks the markers');
  });
});

describe('what cannot be read', () => {
  const refused = async (content: string, name = 'bad.yaml') => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, name), content);
    return await runCli(['k8s', 'check', name], { cwd: folder });
  };

  it.each([
    ['a broken document', 'a: 1\n---\nkind: Pod\nspec: [\n  a: }\n', 'bad.yaml:5: is not valid YAML'],
    ['a tab', 'kind: Pod\nspec:\n\ta: 1\n', 'bad.yaml:3: is not valid YAML'],
    ['the same key twice', 'apiVersion: v1\nkind: Pod\nkind: Pod\n', 'bad.yaml:3: is not valid YAML'],
    ['a template', 'kind: Pod\nspec: {{ .Values.spec }}\n{{- if .Values.a }}\n', 'is a Helm template, not a manifest'],
    ['no object', 'a: 1\n', 'bad.yaml:1: is no Kubernetes object'],
    ['nothing', '# empty\n', 'no Kubernetes object in bad.yaml'],
  ])('%s', async (_what, content, message) => {
    const { code, stdout, stderr } = await refused(content);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain('fix: ');
  });

  it('aliases that expand without end', async () => {
    const levels = Array.from(
      { length: 12 },
      (_, at) =>
        `l${at}: &l${at} [${Array(9)
          .fill(at === 0 ? 'x' : `*l${at - 1}`)
          .join(', ')}]`,
    );
    const { code, stderr } = await refused(`apiVersion: v1\nkind: Pod\n${levels.join('\n')}\n`);
    expect(code).toBe(3);
    expect(stderr).toContain('too many aliases');
  });

  it('files that are not there, are no text, or are none at all', async () => {
    expect(await check('nowhere.yaml')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('nowhere.yaml is not there'),
    });
    expect(await check()).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing to check was named') });
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a.yaml'), Buffer.from([0xff, 0xfe, 0x00]));
    expect(await runCli(['k8s', 'check', 'a.yaml'], { cwd: folder })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('is not UTF-8'),
    });
    expect(await runCli(['k8s', 'check', '-'], { isTTY: true })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is a terminal'),
    });
  });

  it('never quotes a secret out of a file that it cannot read', async () => {
    const { stderr } = await refused('kind: Secret\nstringData:\n  A: "hunter2\n  B: c\n');
    expect(stderr).toContain('bad.yaml:');
    expect(stderr).not.toContain('hunter2');
  });
});

describe('a waiver', () => {
  const withAnnotation = async (annotation: string) => {
    const folder = await temporaryFolder();
    const broken = (await text('r14-latest')).replace(
      '  namespace: chat\n  labels:\n    app.kubernetes.io/name: chatbox\n',
      `  namespace: chat\n  annotations:\n    ${annotation}\n  labels:\n    app.kubernetes.io/name: chatbox\n`,
    );
    await writeFile(join(folder, 'a.yaml'), broken);
    return await runCli(['k8s', 'check', 'a.yaml'], { cwd: folder });
  };

  it('on the object counts, is listed with its reason, and is one in SARIF too', async () => {
    const { code, stdout } = await withAnnotation(
      'chatbox.dev/waive.R14: the image of the preview is built anew each night',
    );
    expect(code).toBe(0);
    expect(stdout).toContain('waived R14 of Deployment/chat/chatbox: the image of the preview');
    expect(stdout).toContain('0 findings (0 errors, 0 warnings), 1 waived');
  });

  it('without a reason is a finding, and waives nothing', async () => {
    const { code, stdout } = await withAnnotation('chatbox.dev/waive.R14: ""');
    expect(code).toBe(1);
    expect(stdout).toContain('waives R14 without a reason');
    expect(stdout).toContain('2 findings');
  });

  it('of a rule that there is not is a finding, and says which was meant', async () => {
    const { stdout } = await withAnnotation(
      'chatbox.dev/waive.run-as-nonroot: it has to be root for the sake of the disk',
    );
    expect(stdout).toContain('waives "run-as-nonroot", which is no rule; did you mean run-as-non-root?');
  });

  it('in a file speaks of the objects that it names', async () => {
    const folder = await temporaryFolder();
    await copyFile(join(fixtures, 'r14-latest.yaml'), join(folder, 'a.yaml'));
    const run = async (waivers: string) => {
      await writeFile(join(folder, 'w.yaml'), waivers);
      return await runCli(['k8s', 'check', 'a.yaml', '--waivers', 'w.yaml'], { cwd: folder });
    };
    const reason = 'reason: built anew each night';
    for (const object of ['Deployment/chatbox', 'Deployment/chat/chatbox', '"*"']) {
      expect(await run(`- {rule: R14, object: ${object}, ${reason}}\n`)).toMatchObject({ code: 0 });
    }
    expect(await run(`- {rule: R14, object: Deployment/web, ${reason}}\n`)).toMatchObject({ code: 1 });
    expect(await run('- {rule: R14, object: "*"}\n')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('without a reason'),
    });
    expect(await run('rule: R14\n')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('w.yaml:1: must be a list'),
    });
    expect(await run(`- {rule: R14, object: "*", ${reason}}\n- {rule: R14, reson: typo}\n`)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('w.yaml:2: '),
    });
    expect(await run('- [\n')).toMatchObject({ code: 3, stderr: expect.stringContaining('is not valid YAML') });
    expect(await runCli(['k8s', 'check', 'a.yaml', '--waivers', 'none.yaml'], { cwd: folder })).toMatchObject({
      code: 5,
    });
  });
});
