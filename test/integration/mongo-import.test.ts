// `chatbox import`: sessions as the reference left them become ours, once, sealed, and what cannot be read is told and left.
import { createCipheriv, randomBytes } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { mongoServer } from '../helpers/mongo-server.js';
import { dropDatabase, freshDatabase } from '../helpers/store-mongodb.js';
import { temporaryFolder } from '../helpers/store-sqlite.js';

const server = await mongoServer();
const legacyKey = '0123456789abcdefghijklmnopqrstuv';
const ourKey = `k1:${Buffer.from(Array.from({ length: 32 }, (_, at) => (at * 31 + 3) % 251)).toString('base64')}`;
const startedAt = new Date('2025-03-01T10:00:00Z');
const later = (seconds: number) => new Date(startedAt.getTime() + seconds * 1_000);

/** As the reference seals: nonce, ciphertext and tag in one base64. */
function legacySealed(text: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(legacyKey), nonce, { authTagLength: 16 });
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64');
}

const reference = (id: string, more: Record<string, unknown> = {}) => ({
  _id: id,
  uid: 'ada',
  nm: 'Canary of old',
  ts: startedAt,
  endTs: later(90),
  dur: 90,
  adminAssisted: true,
  assistingAdminId: 'root',
  assistingAdminName: 'Canary Root',
  helpRequested: false,
  totalTokens: 42,
  lastActivity: later(60),
  maxRespTime: 900,
  avgRespTime: 500,
  msgs: [
    { content: legacySealed('Canary asks'), ts: later(1), sender: 'user', meta: { channel: 'Canary' } },
    { content: legacySealed('Canary answers'), ts: later(2), sender: 'ai' },
    { content: 'Canary in the clear', ts: later(3), sender: 'admin' },
    { content: 'of nobody', ts: later(4), sender: 'system' },
  ],
  ...more,
});

describe.skipIf(server === null)(`chatbox import on ${server?.name ?? 'no MongoDB'}`, () => {
  async function seeded() {
    const uri = server?.uri ?? '';
    const database = freshDatabase();
    const client = new MongoClient(uri);
    onTestFinished(async () => {
      await client.close();
      await dropDatabase(uri, database);
    });
    const db = client.db(database);
    await db.collection<{ _id: string }>('sessions').insertMany([
      reference('old-1'),
      reference('old-2', { endTs: undefined, msgs: [] }),
      reference('old-3', { ts: 'yesterday' }),
      reference('old-4', {
        msgs: [{ content: Buffer.alloc(60, 7).toString('base64'), ts: later(1), sender: 'user' }],
      }),
    ]);
    const cwd = await temporaryFolder();
    const env = { MONGO_URI: uri, MONGO_DATABASE: database, ENCRYPTION_KEYS: ourKey, ENCRYPTION_KEY: legacyKey };
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await runCli(args, { cwd, env });
      return { code, stdout, stderr };
    };
    return { db, run };
  }

  it('makes them ours in their place, sealed, in order, and says what it could not read', async () => {
    const { db, run } = await seeded();
    const first = await run('import', '--json');
    expect(first.stderr).toBe('');
    expect(JSON.parse(first.stdout)).toEqual({
      imported: 2,
      messages: 3,
      skipped_messages: 1,
      unread: 2,
      unread_sessions: [
        { session_id: 'old-3', why: 'it has no start (ts)' },
        { session_id: 'old-4', why: 'message 1 looks sealed and does not open with ENCRYPTION_KEY' },
      ],
    });
    expect(first.code).toBe(1);
    const ours = JSON.stringify([
      await db
        .collection<{ _id: string }>('sessions')
        .find({ _id: { $in: ['old-1', 'old-2'] } })
        .toArray(),
      await db.collection('messages').find().toArray(),
    ]);
    expect(ours).not.toContain('Canary');
    expect(ours).not.toContain('msgs');
    expect(await db.collection<{ _id: string }>('sessions').findOne({ _id: 'old-3' })).toMatchObject({
      ts: 'yesterday',
      nm: 'Canary of old',
    });

    const { stdout } = await run('users', 'export', 'ada');
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const one = lines.findIndex(({ session_id }) => session_id === 'old-1');
    expect(lines[one]).toMatchObject({
      kind: 'session',
      name: 'Canary of old',
      message_count: 3,
      end_time: later(90).toISOString(),
    });
    expect(lines.slice(one + 1, one + 5)).toMatchObject([
      {
        seq: 1,
        sender: 'user',
        content: 'Canary asks',
        metadata: { channel: 'Canary' },
        timestamp: later(1).toISOString(),
      },
      { seq: 2, sender: 'ai', content: 'Canary answers' },
      { seq: 3, sender: 'admin', content: 'Canary in the clear', authorName: 'Canary Root' },
      { seq: 4, kind: 'end' },
    ]);
  });

  it('does nothing a second time, goes on where it was cut off, and takes what is doubtful when told to', async () => {
    const { db, run } = await seeded();
    await run('import');
    const before = JSON.stringify(await db.collection('messages').find().sort({ _id: 1 }).toArray());
    expect(JSON.parse((await run('import', '--json')).stdout)).toMatchObject({ imported: 0, unread: 2 });
    expect(JSON.stringify(await db.collection('messages').find().sort({ _id: 1 }).toArray())).toBe(before);
    // Cut off between the messages of a session and the session itself: as if it had not been imported.
    await db.collection<{ _id: string }>('sessions').replaceOne({ _id: 'old-1' }, reference('old-1'));
    expect(JSON.parse((await run('import', '--json')).stdout)).toMatchObject({ imported: 1, messages: 3 });
    expect(await db.collection('messages').countDocuments({ sid: 'old-1' })).toBe(4);
    expect(JSON.parse((await run('import', '--keep-doubtful', '--json')).stdout)).toMatchObject({
      imported: 1,
      unread: 1,
    });
  });

  it('is for MongoDB, and says so', async () => {
    const { code, stderr } = await runCli(['import'], { cwd: await temporaryFolder(), env: {} });
    expect(code).toBe(3);
    expect(stderr).toMatch(/lie in MongoDB\n {2}fix: set MONGO_URI/);
  });
});
