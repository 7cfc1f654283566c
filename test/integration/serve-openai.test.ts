// The whole process, configured by the reference's variable names, against an OpenAI-compatible endpoint on loopback.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { deferred } from '../../src/common/deferred.js';
import type { OutboundFrame } from '../../src/protocol/outbound.js';
import { answer, failure, gate, head, piece } from '../helpers/openai-replies.js';
import { type OpenAiServer, startOpenAiServer } from '../helpers/openai-server.js';
import { eventually } from '../helpers/poll.js';
import { type ServeProcess, startServe } from '../helpers/serve-process.js';

const key = 'sk-canary-0123456789abcdef';
let dataDir: string;
let upstream: OpenAiServer;
let server: ServeProcess;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'chatbox-test-'));
  upstream = await startOpenAiServer();
  server = await startServe(dataDir, {
    env: {
      LLM_PROVIDER_1_TYPE: 'openai',
      LLM_PROVIDER_1_ENDPOINT: upstream.baseUrl,
      LLM_PROVIDER_1_API_KEY: key,
      LLM_PROVIDER_1_MODEL: 'gpt-test',
      LOG_LEVEL: 'debug',
    },
  });
});
afterEach(async () => {
  await server.kill('SIGTERM');
  await upstream.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function connect(user: string): Promise<{ socket: WebSocket; frames: OutboundFrame[] }> {
  const socket = new WebSocket(server.wsUrl, { headers: { authorization: `Bearer ${await server.token(user)}` } });
  const frames: OutboundFrame[] = [];
  socket.on('message', (data) => frames.push(JSON.parse(String(data))));
  await eventually(() => frames.length > 0, { what: 'the first frame' });
  return { socket, frames };
}

const isDone = ({ type, metadata }: OutboundFrame) => type === 'ai_response' && metadata?.done === 'true';

async function sessions(user: string) {
  const response = await fetch(`${server.httpUrl}/sessions`, {
    headers: { authorization: `Bearer ${await server.token(user)}` },
  });
  return ((await response.json()) as { sessions: Record<string, unknown>[] }).sessions;
}

describe('chatbox serve with an OpenAI-compatible model', () => {
  it('streams the answer and records what it used', async () => {
    upstream.reply(answer(['Hel', 'lo ', 'there'], { usage: { promptTokens: 11, completionTokens: 3 } }));
    const { socket, frames } = await connect('ada');
    socket.send(JSON.stringify({ type: 'user_message', content: 'hi', message_id: 'm' }));
    const done = await eventually(() => frames.find(isDone));
    const chunks = frames.filter((frame) => frame.type === 'ai_response' && !isDone(frame));
    expect(chunks.map(({ content }) => content).join('')).toBe('Hello there');
    expect(chunks.length).toBeGreaterThan(1);
    expect(done.metadata).toMatchObject({ end: 'complete', prompt_tokens: '11', completion_tokens: '3' });
    expect(upstream.requests[0]?.messages.at(-1)).toMatchObject({ role: 'user', content: 'hi' });
    expect(upstream.requests[0]?.headers.authorization).toBe(`Bearer ${key}`);
    expect(await sessions('ada')).toMatchObject([{ total_tokens: 14, message_count: 2 }]);
    socket.terminate();
  });

  it('closes the upstream request on cancel', async () => {
    const never = deferred<void>();
    upstream.reply([head(), piece('so far '), gate(never.promise)]);
    const { socket, frames } = await connect('ada');
    socket.send(JSON.stringify({ type: 'user_message', content: 'go' }));
    await eventually(() => frames.some(({ content }) => content === 'so far '));
    socket.send(JSON.stringify({ type: 'cancel' }));
    await upstream.requests[0]?.abandoned;
    const done = await eventually(() => frames.find(isDone));
    expect(done.metadata).toMatchObject({ end: 'cancelled', length: '7' });
    never.resolve();
    socket.terminate();
  });

  it('tells the user of a refused key without a word of what the provider said, and logs neither key nor text', async () => {
    upstream.reply(failure(401, { error: { message: `Incorrect API key provided: ${key}`, code: 'invalid_api_key' } }));
    const { socket, frames } = await connect('ada');
    socket.send(JSON.stringify({ type: 'user_message', content: 'my private words' }));
    const error = await eventually(() => frames.find(({ type }) => type === 'error'));
    expect(error.error).toMatchObject({ code: 'LLM_UNAVAILABLE', recoverable: true });
    expect(JSON.stringify(frames)).not.toContain(key);
    await eventually(() => server.output().includes('model_call_failed'));
    expect(server.output()).not.toContain(key);
    expect(server.output()).not.toContain('private words');
    socket.terminate();
  });

  it('L6: one shutdown path, and its outcome is the exit code', async () => {
    const never = deferred<void>();
    upstream.reply([head(), piece('cut '), gate(never.promise)]);
    const { socket, frames } = await connect('ada');
    socket.send(JSON.stringify({ type: 'user_message', content: 'go' }));
    await eventually(() => frames.some(({ content }) => content === 'cut '));
    const closed = new Promise<number>((resolve) => socket.on('close', (code) => resolve(code)));
    expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(await closed).toBe(1012);
    expect(frames.find(isDone)?.metadata).toMatchObject({ end: 'interrupted' });
    never.resolve();
    server = await startServe(dataDir);
    expect(await sessions('ada')).toMatchObject([{ message_count: 2 }]);
  });
});
