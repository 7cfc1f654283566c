// The whole process on MongoDB, sealed: a conversation that lasts, no text of it in any document, another server that takes its place, a wrong key that stops the start.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { OutboundFrame } from '../../src/protocol/outbound.js';
import { runCli } from '../helpers/cli.js';
import { mongoServer } from '../helpers/mongo-server.js';
import { eventually } from '../helpers/poll.js';
import { type ServeProcess, startServe } from '../helpers/serve-process.js';
import { dropDatabase, freshDatabase } from '../helpers/store-mongodb.js';

const server = await mongoServer();
const keyOf = (byte: number) =>
  Buffer.from(Array.from({ length: 32 }, (_, at) => (at * 37 + byte) % 251)).toString('base64');
const isDone = ({ type, metadata }: OutboundFrame) => type === 'ai_response' && metadata?.done === 'true';

async function ask(chatbox: ServeProcess, content: string): Promise<OutboundFrame[]> {
  const socket = new WebSocket(chatbox.wsUrl, { headers: { authorization: `Bearer ${await chatbox.token('ada')}` } });
  onTestFinished(() => socket.terminate());
  const frames: OutboundFrame[] = [];
  socket.on('message', (data) => frames.push(JSON.parse(String(data))));
  await eventually(() => frames.length > 0, { what: 'the first frame' });
  socket.send(
    JSON.stringify({
      type: 'user_message',
      content,
      message_id: randomUUID(),
      metadata: { 'Canary.key': 'Canary value' },
    }),
  );
  await eventually(() => frames.find(isDone), { what: 'the answer' });
  socket.close();
  return frames;
}

describe.skipIf(server === null)(`chatbox serve on ${server?.name ?? 'no MongoDB'}`, () => {
  it('keeps a conversation over a kill, with no text, name or metadata of it in any document', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'chatbox-test-'));
    const database = freshDatabase();
    const uri = server?.uri ?? '';
    onTestFinished(async () => {
      await dropDatabase(uri, database);
      await rm(dataDir, { recursive: true, force: true });
    });
    const env = { MONGO_URI: uri, MONGO_DATABASE: database, ENCRYPTION_KEYS: `k1:${keyOf(5)}` };
    const first = await startServe(dataDir, { env });
    await ask(first, 'Canary number one');
    await first.kill('SIGKILL');
    const second = await startServe(dataDir, { env });
    onTestFinished(() => second.kill('SIGTERM').then(() => undefined));
    await ask(second, 'Canary number two');

    const get = async (path: string) =>
      (
        await fetch(`${second.httpUrl}${path}`, { headers: { authorization: `Bearer ${await second.token('ada')}` } })
      ).json();
    const { sessions } = (await get('/sessions')) as { sessions: { id: string; name: string }[] };
    expect(sessions.map(({ name }) => name)).toEqual(['Canary number one']);
    const { messages } = (await get(`/sessions/${sessions[0]?.id}`)) as {
      messages: { content: string; metadata?: Record<string, string> }[];
    };
    expect(messages.map(({ content }) => content)).toEqual([
      'Canary number one',
      'You said: Canary number one',
      'Canary number two',
      'You said: Canary number two',
    ]);
    expect(messages[0]?.metadata).toEqual({ 'Canary.key': 'Canary value' });
    expect(second.output()).not.toContain('Canary');

    const client = new MongoClient(uri);
    onTestFinished(() => client.close());
    const db = client.db(database);
    await eventually(async () => (await db.collection('sessions').findOne({ seq: { $gte: 4 } })) !== null, {
      what: 'the projection',
    });
    for (const { name } of await db.listCollections().toArray()) {
      const documents = JSON.stringify(await db.collection(name).find().toArray());
      expect(documents, name).not.toContain('Canary');
    }

    const readiness = (await get('/readyz')) as { checks: Record<string, { status: string }> };
    expect(readiness.checks.mongodb?.status).toBe('ready');
  }, 60_000);

  it('does not start with another key of the same id, and names it', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'chatbox-test-'));
    const database = freshDatabase();
    const uri = server?.uri ?? '';
    onTestFinished(async () => {
      await dropDatabase(uri, database);
      await rm(dataDir, { recursive: true, force: true });
    });
    const env = { MONGO_URI: uri, MONGO_DATABASE: database };
    const first = await startServe(dataDir, { env: { ...env, ENCRYPTION_KEYS: `k1:${keyOf(5)}` } });
    await first.kill('SIGTERM');
    const { code, stderr } = await runCli(['serve', '--dev', '--port', '0'], {
      cwd: dataDir,
      env: { ...env, ENCRYPTION_KEYS: `k1:${keyOf(6)}` },
    });
    expect(stderr).toMatch(/the key k1 is another than the one of that id/);
    expect(stderr).not.toContain(keyOf(6));
    expect(code).toBe(3);
  }, 60_000);
});
