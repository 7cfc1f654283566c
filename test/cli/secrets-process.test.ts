// `chatbox secrets` as a process: what others on the machine can see of it while it has a secret in its hands. Needs dist/, as `npm test` builds it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/cli.js';
import { type Answer, fakeApiServer, noSecret, refusal } from '../helpers/fake-api-server.js';

const bin = fileURLToPath(new URL('../../bin/chatbox.js', import.meta.url));
const canary = 'c4n4ry-Wq2-8hVtP6';

/** Runs it with the canary on standard input, and looks at /proc until it has ended. */
async function watched(cwd: string, argv: readonly string[], input: string) {
  const child = spawn(process.execPath, [bin, ...argv], { cwd, env: { PATH: process.env.PATH } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += String(part)));
  const closed = once(child, 'close');
  const seen: string[] = [];
  const look = setInterval(() => {
    for (const file of ['cmdline', 'environ', `task/${child.pid}/children`]) {
      try {
        const text = readFileSync(`/proc/${child.pid}/${file}`, 'utf8');
        if (text.includes(canary) || (file.endsWith('children') && text !== '')) seen.push(file);
      } catch {
        // It has ended, or this kernel does not tell of children.
      }
    }
  }, 2);
  child.stdin.on('error', () => undefined).end(input);
  const [code] = await closed;
  clearInterval(look);
  return { code, said, seen };
}

it.skipIf(process.platform !== 'linux')(
  'shows no secret in output, arguments, environment or a child',
  async () => {
    const cwd = await temporaryFolder();
    const good = `MONGO_URI=mongodb://user:${canary}@db.test/chat\n`;
    const create = ['secrets', 'create', '--from-stdin', '--debug', '--output'];
    const runs: readonly (readonly [readonly string[], string, number])[] = [
      [[...create, 'a'], good, 0],
      [[...create, 'no/such/folder/a'], good, 1],
      [[...create, 'a'], good, 6],
      [[...create, 'b'], `MONGO_URI="${canary}\n`, 3],
      [[...create, 'b'], `${canary}=x\n`, 3],
      [[...create, 'b'], `${canary.replaceAll('-', '')}==\n`, 2],
      [['secrets', 'check', 'a', '--debug'], '', 0],
      [['secrets', 'check', 'broken', '--debug'], '', 3],
    ];
    await writeFile(join(cwd, 'broken'), `kind: Secret\nstringData: {MONGO_URI: "${canary}\n`);
    for (const [argv, input, code] of runs) {
      const run = await watched(cwd, argv, input);
      expect(run.said, argv.join(' ')).not.toMatch(/c4n4ry/);
      expect(run, argv.join(' ')).toMatchObject({ code, seen: [] });
    }
  },
  60_000,
);

it.skipIf(process.platform !== 'linux')(
  'shows none either when it applies to a cluster whose answers quote what they were sent',
  async () => {
    const cwd = await temporaryFolder();
    let answer: (body: string) => Answer = () => null;
    await fakeApiServer(cwd, ({ method, body }) => (method === 'GET' ? noSecret : answer(body)));
    const good = `MONGO_URI=mongodb://user:${canary}@db.test/chat\n`;
    const runs: readonly (readonly [(body: string) => Answer, number])[] = [
      [(body) => ({ status: 200, body }), 0],
      [(body) => ({ status: 500, body }), 7],
      [(body) => refusal(403, 'Forbidden', `admission webhook "w.test" denied the request: ${sentUri(body)}`), 4],
    ];
    for (const [next, code] of runs) {
      let sent = '';
      answer = (body) => {
        sent = sentUri(body);
        return next(body);
      };
      const argv = ['secrets', 'create', '--apply', '--from-stdin', '--debug', '--kubeconfig', 'kubeconfig'];
      const run = await watched(cwd, argv, good);
      expect(sent).toContain(canary);
      expect(run.said).not.toMatch(/c4n4ry/);
      expect(run.said).not.toContain(Buffer.from(sent).toString('base64'));
      expect(run).toMatchObject({ code, seen: [] });
    }
  },
  60_000,
);

/** The connection string in a Secret that was sent. */
function sentUri(body: string): string {
  const { data } = JSON.parse(body) as { readonly data: Readonly<Record<string, string>> };
  return Buffer.from(data.MONGO_URI ?? '', 'base64').toString();
}
