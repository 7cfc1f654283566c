// A WebSocket client that knows nothing of the SDK: it sends what it is told and keeps every frame in order.
import { WebSocket } from 'ws';
import type { OutboundFrame } from '../../src/protocol/outbound.js';
import type { TestApp } from './app.js';

const deadlineMs = 10_000;

/** A connected client. */
export interface WireClient {
  readonly frames: readonly OutboundFrame[];
  readonly socket: WebSocket;
  /** The close code, once closed. */
  readonly closed: Promise<number>;
  /** The session id of the first frame. */
  sessionId(): string;
  send(frame: Record<string, unknown>): void;
  sendRaw(data: string | Buffer): void;
  /** The next frame (from where the last wait ended) that fits; rejects after 10 s with what came instead. */
  until(what: string, fits: (frame: OutboundFrame) => boolean): Promise<OutboundFrame>;
  /** Waits for the end of an answer; resolves to its whole text and its last frame. */
  answer(): Promise<{ text: string; last: OutboundFrame }>;
  close(): void;
}

/** Connects as `userId`; resolves when the first frame is there. */
export async function connect(
  app: Pick<TestApp, 'token' | 'wsUrl'>,
  userId: string,
  options: {
    readonly query?: string;
    readonly roles?: readonly string[];
    readonly token?: string;
    readonly name?: string;
  } = {},
): Promise<WireClient> {
  const token =
    options.token ??
    (await app.token(userId, {
      ...(options.roles ? { roles: options.roles } : {}),
      ...(options.name ? { name: options.name } : {}),
    }));
  const socket = new WebSocket(`${app.wsUrl}${options.query ?? ''}`, { headers: { authorization: `Bearer ${token}` } });
  const frames: OutboundFrame[] = [];
  let cursor = 0;
  let wake: () => void = () => undefined;
  let isClosed = false;
  const closed = new Promise<number>((resolve) => socket.on('close', (code) => resolve(code)));
  void closed.then(() => {
    isClosed = true;
    wake();
  });
  socket.on('message', (data) => {
    frames.push(JSON.parse(String(data)));
    wake();
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('error', reject);
  });
  socket.on('error', () => undefined);

  async function until(what: string, fits: (frame: OutboundFrame) => boolean): Promise<OutboundFrame> {
    const end = Date.now() + deadlineMs;
    for (;;) {
      while (cursor < frames.length) {
        const frame = frames[cursor];
        cursor += 1;
        if (frame !== undefined && fits(frame)) return frame;
      }
      if (isClosed || Date.now() > end) {
        throw new Error(
          `${userId} waited for ${what}; ${isClosed ? 'the socket closed; ' : ''}got ${JSON.stringify(frames.slice(-8))}`,
        );
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(1, end - Date.now()));
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  const client: WireClient = {
    frames,
    socket,
    closed,
    sessionId: () => frames[0]?.session_id ?? '',
    send: (frame) => socket.send(JSON.stringify(frame)),
    sendRaw: (data) => socket.send(data),
    until,
    async answer() {
      let text = '';
      for (;;) {
        const frame = await until('an answer', ({ type }) => type === 'ai_response' || type === 'error');
        if (frame.type === 'error') throw new Error(`error instead of an answer: ${JSON.stringify(frame.error)}`);
        text += frame.content ?? '';
        if (frame.metadata?.done === 'true') return { text, last: frame };
      }
    },
    close: () => socket.close(),
  };
  await until('connection_status', ({ type }) => type === 'connection_status' || type === 'error');
  return client;
}
