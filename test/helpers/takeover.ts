// Station: test/helpers. What users and admins do in tests of takeover, over bare sockets. Called by test/integration/takeover-*.
import type { OutboundFrame } from '../../src/protocol/outbound.js';
import type { TestApp } from './app.js';
import { connect, type WireClient } from './wire-client.js';

/** Whether a frame is a `connection_status` of that kind. */
export const isStatus = (status: string) => (frame: OutboundFrame) =>
  frame.type === 'connection_status' && frame.metadata?.status === status;
/** Whether a frame is of that type. */
export const isOf = (type: OutboundFrame['type']) => (frame: OutboundFrame) => frame.type === type;

/** The frames of a client from the given sender, as `sender: content`. */
export function said(client: WireClient): string[] {
  return client.frames.flatMap(({ type, sender, content }) =>
    type === 'user_message' ? [`${sender}: ${content}`] : [],
  );
}

/** Connects as an admin, by default called Bea. */
export function connectAdmin(
  app: Pick<TestApp, 'token' | 'wsUrl'>,
  userId = 'bea',
  query?: string,
  name = 'Bea',
): Promise<WireClient> {
  return connect(app, userId, { roles: ['admin'], name, ...(query === undefined ? {} : { query }) });
}

/** Says something and waits for the ack; resolves to the session. */
export async function say(client: WireClient, content: string, more: Record<string, unknown> = {}): Promise<string> {
  client.send({ type: 'user_message', content, message_id: content, ...more });
  const ack = await client.until(
    `ack of ${content}`,
    (frame) => frame.type === 'message_ack' && frame.message_id === content,
  );
  return ack.session_id ?? '';
}

/** Joins a session and waits until it is there. */
export async function join(
  admin: WireClient,
  session: string,
  metadata: Record<string, unknown> = {},
): Promise<OutboundFrame> {
  admin.send({ type: 'admin_join', session_id: session, metadata });
  return await admin.until('admin_join', (frame) => frame.type === 'admin_join' && frame.session_id === session);
}

/** Says something as an admin and waits for the ack. */
export async function reply(admin: WireClient, session: string, content: string): Promise<OutboundFrame> {
  admin.send({ type: 'admin_message', session_id: session, content, message_id: content });
  return await admin.until(
    `ack of ${content}`,
    (frame) => frame.type === 'message_ack' && frame.message_id === content,
  );
}

/** Sends a frame that is to be refused; resolves to the error. */
export async function refusal(client: WireClient, frame: Record<string, unknown>) {
  client.send(frame);
  const { error, metadata } = await client.until(`the refusal of ${String(frame.type)}`, isOf('error'));
  return { code: error?.code, message: error?.message ?? '', metadata };
}

/** Kinds, senders and contents of a stored log. */
export async function logOf(app: Pick<TestApp, 'store'>, session: string): Promise<unknown[]> {
  const log = await app.store.entries(session, { limit: 100 });
  return log.map(({ entry }) => {
    if (entry.kind === 'message')
      return `${entry.sender}: ${entry.content}${entry.end === undefined ? '' : ` (${entry.end})`}`;
    if (entry.kind !== 'floor') return entry.kind;
    const holder = entry.holder.kind === 'ai' ? 'ai' : entry.holder.id;
    return `floor ${entry.epoch}: ${holder}${entry.forced === true ? ' by force' : ''}${entry.lapsed === true ? ' lapsed' : ''}`;
  });
}
