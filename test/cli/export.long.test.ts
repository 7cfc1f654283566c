// `chatbox sessions export` of 100,000 messages: whole in little memory, and quietly ended by `head -1`. Prints the memory of both processes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/common/clock.js';
import { openSqliteStore } from '../../src/server/store/sqlite/sqlite-store.js';
import { type ServeProcess, startServe } from '../helpers/serve-process.js';
import { messageOf, projectionOf, seedOf } from '../helpers/store-fixtures.js';
import { silentLog } from '../helpers/store-sqlite.js';

const bin = fileURLToPath(new URL('../../bin/chatbox.js', import.meta.url));
const sizes = { short: 1_000, long: 100_000 } as const;
const mib = (bytes: number) => Math.round(bytes / 1_048_576);

/** Greatest resident memory of a process since the last reset, in bytes (Linux). */
function peakOf(pid: number): number {
  const kib = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) * 1_024;
}

describe.runIf(process.platform === 'linux')('an export of 100,000 messages', () => {
  let folder: string;
  let server: ServeProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chatbox-export-'));
    const store = await openSqliteStore({ dataDir: folder }, { clock: systemClock, log: silentLog });
    for (const [id, count] of Object.entries(sizes)) {
      await store.createSession(seedOf({ id, userId: id, ordinal: 1, startedAt: Date.now() }));
      for (let seq = 1; seq <= count; ) {
        const part = Array.from({ length: Math.min(500, count - seq + 1) }, (_, at) => seq + at);
        // In one tick, so that they lie in the log in this order, in few transactions.
        const done = part.map((n) =>
          store.append(id, n, messageOf(`m${n}`, { content: `message ${n} ${'word '.repeat(20)}` })),
        );
        await Promise.all(done);
        seq += part.length;
      }
      await store.project([{ sessionId: id, projection: projectionOf({ seq: count, messageCount: count }) }]);
    }
    await store.close();
    server = await startServe(folder);
    await writeFile(join(folder, 'admin'), await server.token('root', ['admin']), { mode: 0o600 });
  }, 300_000);

  afterAll(async () => {
    await server.kill('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  });

  const args = (session: string) => [
    ...[bin, 'sessions', 'export', session, '--server', server.httpUrl, '--token-file', join(folder, 'admin')],
  ];

  /** Exports to a reader that counts lines; resolves to their number and the peaks of both processes. */
  async function exported(session: string) {
    const pid = server.process.pid ?? 0;
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
    const child = spawn(process.execPath, args(session), { stdio: ['ignore', 'pipe', 'inherit'] });
    const exit = once(child, 'exit');
    let lines = 0;
    let client = 0;
    for await (const piece of child.stdout as AsyncIterable<Buffer>) {
      for (const byte of piece) if (byte === 10) lines += 1;
      if (child.exitCode === null) client = Math.max(client, peakOf(child.pid ?? 0));
    }
    const [code] = await exit;
    return { code, lines, client, server: peakOf(pid) };
  }

  it('comes whole, in the memory of one of 1,000', async () => {
    await exported('short');
    const short = await exported('short');
    const long = await exported('long');
    expect([short.code, short.lines, long.code, long.lines]).toEqual([0, sizes.short, 0, sizes.long]);
    process.stderr.write(
      `export of ${sizes.short} and ${sizes.long} messages: peak of the command ${mib(short.client)} and ${mib(long.client)} MiB, of the server ${mib(short.server)} and ${mib(long.server)} MiB\n`,
    );
    // The text of the long one is 24 MiB, and its objects are several times that: neither process ever holds it.
    expect(long.client - short.client).toBeLessThan(64 * 1_048_576);
    expect(long.server - short.server).toBeLessThan(96 * 1_048_576);
  });

  it('ends quietly when `head -1` has read enough', async () => {
    const quoted = [process.execPath, ...args('long')].map((part) => `'${part}'`).join(' ');
    const script = `${quoted} | head -1; echo "codes \${PIPESTATUS[*]}"`;
    const shell = spawn('bash', ['-c', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    shell.stdout.on('data', (part: Buffer) => {
      out += part.toString();
    });
    shell.stderr.on('data', (part: Buffer) => {
      err += part.toString();
    });
    await once(shell, 'close');
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ seq: 1 });
    expect([lines[1], err]).toEqual(['codes 0 0', '']);
  });
});
