// Station: test/unit/client. Frames as the server writes them, and a client on a scripted server. Called by the tests beside it.
import { WebSocket } from 'ws';
import { ChatClient } from '../../../src/client/chat-client.js';
import type { FoldContext } from '../../../src/client/fold-types.js';
import type { ChatClientOptions } from '../../../src/client/options.js';
import type { ReceivedFrame } from '../../../src/client/parse-frame.js';
import { systemClock } from '../../../src/common/clock.js';
import type { ScriptedServer } from '../../helpers/scripted-server.js';

const timestamp = '2026-01-01T00:00:00.000Z';
const sessionId = 'session-1';

export const context: FoldContext = { nowMs: 1_000, maxTimeline: 50, maxAlerts: 5, self: 'user', mayJump: false };

/** A frame of the session, with whatever a test says of it. */
export function frame(type: string, fields: Partial<ReceivedFrame> = {}): ReceivedFrame {
  return { type, session_id: sessionId, timestamp, ...fields };
}

export function connected(lastSeq: number, metadata: Record<string, string> = {}): ReceivedFrame {
  return frame('connection_status', {
    user_id: 'user-1',
    models: [{ id: 'echo', name: 'Echo' }],
    model_id: 'echo',
    metadata: { status: 'connected', resumed: 'false', last_seq: String(lastSeq), ...metadata },
  });
}

export function said(seq: number, content: string, fields: Partial<ReceivedFrame> = {}): ReceivedFrame {
  return frame('user_message', { seq, content, sender: 'user', message_id: `m${seq}`, ...fields });
}

export function chunk(turnId: string, index: number, content: string): ReceivedFrame {
  return frame('ai_response', { turn_id: turnId, index, content, metadata: { streaming: 'true', done: 'false' } });
}

export function answered(
  turnId: string,
  seq: number,
  length: number,
  fields: Partial<ReceivedFrame> = {},
): ReceivedFrame {
  const metadata = { streaming: 'true', done: 'true', end: 'complete', length: String(length) };
  return frame('ai_response', { turn_id: turnId, seq, sender: 'ai', message_id: turnId, metadata, ...fields });
}

/** No backoff, so that a reconnect follows at once. */
export const noJitter = {
  bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
  fraction: () => 0,
};

/** A client of a scripted server, with a token that is no token. */
export function clientOf(server: ScriptedServer, options: Partial<ChatClientOptions> = {}): ChatClient {
  return new ChatClient({
    server: server.url,
    token: 'a.b.c',
    WebSocket,
    clock: systemClock,
    random: noJitter,
    ...options,
  });
}
