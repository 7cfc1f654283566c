// Station: test/helpers. A user on a real socket who sends one message after another, and each again under its own id until it is acked. Called by tests of faults.
import { expect, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { OutboundFrame } from '../../src/protocol/outbound.js';
import { eventually } from './poll.js';
import type { ServeProcess } from './serve-process.js';

/** What came back for one attempt at a message, and how long that took. */
interface Reply {
  readonly messageId: string;
  /** Null for an ack. */
  readonly code: string | null;
  readonly isRecoverable: boolean;
  readonly afterMs: number;
}

/** The user. */
export interface ResendingUser {
  /** Message id and seq of every ack. */
  readonly acked: ReadonlyMap<string, number>;
  readonly replies: readonly Reply[];
  /** The texts of the answers that ended, by turn. */
  readonly answers: ReadonlyMap<string, string>;
  sessionId(): string;
  /** How often the socket had to be opened anew. */
  reconnects(): number;
  /** Sends the next message; resolves to its seq once it is acked, however many attempts that takes. */
  say(): Promise<number>;
  /** Sends without end until the function it returns is called; that resolves when the last message is acked. */
  keepSaying(): () => Promise<void>;
}

const ackDeadlineMs = 40_000;

/** Connects as `userId`. */
export async function resendingUser(chatbox: ServeProcess, userId: string): Promise<ResendingUser> {
  const acked = new Map<string, number>();
  const replies: Reply[] = [];
  const answers = new Map<string, string>();
  let sessionId = '';
  let reconnects = -1;
  let socket: WebSocket | null = null;
  let isOver = false;
  let underWay: { readonly messageId: string; readonly sentAt: number } | null = null;
  let said = 0;

  async function connect(): Promise<void> {
    reconnects += 1;
    const query = sessionId === '' ? '' : `?session_id=${sessionId}`;
    const opened = new WebSocket(chatbox.wsUrl + query, {
      headers: { authorization: `Bearer ${await chatbox.token(userId)}` },
    });
    opened.on('error', () => undefined);
    opened.on('message', (data) => heard(JSON.parse(String(data))));
    opened.on('close', () => {
      underWay = null;
      if (socket === opened) socket = null;
    });
    await new Promise<void>((resolve) => {
      opened.once('open', resolve);
      opened.once('close', () => resolve());
    });
    if (opened.readyState === WebSocket.OPEN) socket = opened;
  }

  function heard(frame: OutboundFrame): void {
    if (frame.type === 'ai_response' && frame.metadata?.done === 'true' && frame.turn_id !== undefined) {
      answers.set(frame.turn_id, frame.content ?? '');
    }
    if (frame.type !== 'message_ack' && frame.type !== 'error') return;
    if (underWay === null || frame.message_id !== underWay.messageId) return;
    const { messageId, sentAt } = underWay;
    underWay = null;
    const error = frame.type === 'error' ? frame.error : null;
    replies.push({
      messageId,
      code: error?.code ?? null,
      isRecoverable: error?.recoverable === true,
      afterMs: performance.now() - sentAt,
    });
    if (frame.type !== 'message_ack') return;
    sessionId = frame.session_id ?? '';
    const before = acked.get(messageId);
    if (before !== undefined) expect(frame.seq).toBe(before);
    acked.set(messageId, frame.seq ?? 0);
  }

  async function say(): Promise<number> {
    said += 1;
    const messageId = `${userId}-${said}`;
    return await eventually(
      async () => {
        if (acked.has(messageId) || underWay !== null) return acked.get(messageId);
        if (socket === null) await connect();
        if (socket === null) return undefined;
        underWay = { messageId, sentAt: performance.now() };
        socket.send(
          JSON.stringify({ type: 'user_message', content: `/echo words=2 delay=0ms ${said}`, message_id: messageId }),
        );
        return undefined;
      },
      { timeoutMs: ackDeadlineMs, what: `the ack of ${messageId}` },
    );
  }

  onTestFinished(() => {
    isOver = true;
    socket?.terminate();
  });
  await connect();
  return {
    acked,
    replies,
    answers,
    sessionId: () => sessionId,
    reconnects: () => reconnects,
    say,
    keepSaying() {
      let isStopped = false;
      const done = (async () => {
        while (!isStopped && !isOver) await say();
      })();
      // Seen by whoever stops it.
      done.catch(() => undefined);
      return async () => {
        isStopped = true;
        await done;
      };
    },
  };
}
