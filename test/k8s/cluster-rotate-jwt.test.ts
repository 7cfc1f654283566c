// Station: test/k8s. `chatbox secrets rotate jwt` on a Secret of a real control plane.
import { expect, it, onTestFinished, vi } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { hasCluster, kubectl, kubeGet } from '../helpers/kube-cluster.js';
import { mayRun } from '../helpers/required.js';
import { idsOf } from '../helpers/secret-set.js';

vi.setConfig({ testTimeout: 60_000 });

const may = mayRun('kubernetes', hasCluster(), 'there is no control plane of this machine (KUBECONFIG)');
const source = 'secret/chatbox-secrets';

it.skipIf(!may)(
  'goes from the JWT_SECRET of a Secret to another key, step by step, and leaves all else as it was',
  async () => {
    const namespace = `rotate-jwt-${process.pid}`;
    expect(await kubectl(['create', 'namespace', namespace])).toMatchObject({ code: 0 });
    onTestFinished(async () => {
      await kubectl(['delete', 'namespace', namespace, '--wait=false']);
    });
    const secrets = (...words: readonly string[]) =>
      runCli(['secrets', ...words, '--namespace', namespace, '--kubeconfig', process.env.KUBECONFIG ?? '']);
    const now = async () =>
      await kubeGet<{ readonly data: Readonly<Record<string, string>> }>([
        'secret',
        'chatbox-secrets',
        '-n',
        namespace,
      ]);
    const value = async (name: string) => Buffer.from((await now()).data[name] ?? '', 'base64').toString();
    expect((await secrets('create', '--apply', '--without', 'MONGO_URI')).code).toBe(0);
    const before = await now();

    for (const [step, ids, ...more] of [
      ['add', ['k0', 'k1']],
      ['promote', ['k1', 'k0']],
      ['retire', ['k1'], '--token-lifetime', '0'],
    ] as const) {
      const rotate = (...options: readonly string[]) =>
        secrets('rotate', 'jwt', '--step', step, '--source', source, ...more, ...options);
      const untouched = await now();
      expect(await rotate('--dry-run')).toMatchObject({ code: 0, stdout: expect.stringContaining('would become') });
      expect(await now()).toEqual(untouched);
      expect(await rotate()).toMatchObject({ code: 0 });
      expect(idsOf(await value('JWT_KEYS'))).toEqual(ids);
      const after = await now();
      expect(await rotate()).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to change') });
      expect(await now()).toEqual(after);
    }
    const { data } = await now();
    expect(Object.keys(data).sort()).toEqual(['ENCRYPTION_KEYS', 'JWT_KEYS']);
    expect(data.ENCRYPTION_KEYS).toBe(before.data.ENCRYPTION_KEYS);
  },
);
