// Station: test/helpers. Takeover many times over: two admins for one session, and in the middle of an answer. Called by test/integration/takeover-race*.
import { expect } from 'vitest';
import type { OutboundFrame } from '../../src/protocol/outbound.js';
import type { Store } from '../../src/server/ports/store.js';
import type { TestApp } from './app.js';
import { eventually } from './poll.js';
import { connectAdmin, isOf, isStatus, join, say } from './takeover.js';
import { connect, type WireClient } from './wire-client.js';

/** A server as a client sees it. */
type Server = Pick<TestApp, 'token' | 'wsUrl'>;

/** The answer to a join: whether the session is this admin's. */
async function outcome(admin: WireClient, adminId: string, session: string): Promise<boolean> {
  const frame = await admin.until(
    `the outcome of ${session}`,
    ({ type, session_id, message_id, metadata }) =>
      (type === 'error' && message_id === session) ||
      (type === 'admin_join' && session_id === session && metadata?.admin_id === adminId),
  );
  if (frame.type === 'error') expect(frame.error?.code).toBe('SESSION_HELD');
  return frame.type === 'admin_join';
}

/** Two admins, each at a server, want each of `times` sessions at once: exactly one has it, in frames, log and lease. Resolves to how often each won. */
export async function raceForSessions(
  servers: readonly [Server, Server],
  store: Store,
  times: number,
): Promise<readonly [number, number]> {
  const ids = ['bea', 'cleo'] as const;
  const admins = [await connectAdmin(servers[0], ids[0]), await connectAdmin(servers[1], ids[1])] as const;
  const wins: [number, number] = [0, 0];
  for (let round = 0; round < times; round += 1) {
    const session = `race-${round}`;
    await store.createSession({
      id: session,
      userId: `u${round}`,
      ordinal: 1,
      startedAt: Date.now(),
      name: '',
      modelId: null,
    });
    // Now one is first to ask, now the other.
    const order = round % 2 === 0 ? [0, 1] : [1, 0];
    for (const at of order) admins[at]?.send({ type: 'admin_join', session_id: session, message_id: session });
    const won = await Promise.all(admins.map((admin, at) => outcome(admin, ids[at] ?? '', session)));
    expect(won.filter(Boolean), `round ${round}`).toHaveLength(1);
    const winner = won[0] === true ? 0 : 1;
    wins[winner] += 1;
    const log = await store.entries(session, { limit: 10 });
    expect(log.map(({ entry }) => entry.kind === 'floor' && entry.holder)).toEqual([
      { kind: 'admin', id: ids[winner], name: 'Bea' },
    ]);
    // The loser may still be putting away what it wrote.
    await eventually(async () =>
      expect(JSON.parse((await store.note(`floor/${session}`)) ?? '{}')).toMatchObject({
        admin: ids[winner],
        epoch: 1,
      }),
    );
    admins[winner].send({ type: 'admin_leave', session_id: session, message_id: `left-${round}` });
    await admins[winner].until('left', (frame) => isStatus('left')(frame) && frame.session_id === session);
  }
  return wins;
}

const isPiece = (frame: OutboundFrame): boolean => frame.type === 'ai_response' && frame.metadata?.done === 'false';

/** Frames since `from` of which a piece of an answer came after the person who took the conversation. */
function piecesAfterJoin(client: WireClient, from: number): OutboundFrame[] {
  const frames = client.frames.slice(from);
  const joined = frames.findIndex(isOf('admin_join'));
  return joined < 0 ? [] : frames.slice(joined).filter(isPiece);
}

/**
 * An admin takes a session in the middle of an answer, `times` times: no socket hears a piece of it after its admin_join, and what is kept of it is whole.
 * The user has a device at each of the first two servers, the admin is at the third. The model must be a pump. Resolves to how many pieces were heard in all.
 */
export async function takeInMidAnswer(
  servers: readonly [Server, Server, Server],
  store: Store,
  times: number,
): Promise<number> {
  const phone = await connect(servers[0], 'ada');
  let session = await say(phone, 'the first one');
  const desk = await connect(servers[1], 'ada', { query: `?session_id=${session}` });
  const bea = await connectAdmin(servers[2]);
  let pieces = 0;
  for (let round = 0; round < times; round += 1) {
    const sockets = [phone, desk, bea];
    const known = sockets.map(({ frames }) => frames.length);
    if (round > 0) session = await say(phone, `question ${round}`);
    await phone.until('the answer', isPiece);
    await join(bea, session);
    const cut = await phone.until('the cut answer', ({ type, seq }) => type === 'ai_response' && seq !== undefined);
    await desk.until('the cut answer', ({ seq }) => seq === cut.seq);
    await bea.until('the cut answer', ({ seq }) => seq === cut.seq);
    for (const [at, socket] of sockets.entries()) {
      expect(piecesAfterJoin(socket, known[at] ?? 0), `round ${round}, socket ${at}`).toEqual([]);
      expect(socket.frames.slice(known[at]).filter(isOf('admin_join'))).toHaveLength(1);
    }
    pieces += phone.frames.slice(known[0]).filter(isPiece).length;
    const [stored] = await store.entries(session, { after: (cut.seq ?? 0) - 1, limit: 1 });
    const entry = stored?.entry;
    if (entry?.kind !== 'message') throw new Error('the cut answer is not in the log');
    expect(entry.end).toBe('interrupted');
    const numbers = entry.content.trim().split(' ').map(Number);
    expect(numbers).toEqual(numbers.map((_, number) => number));
    bea.send({ type: 'admin_leave', session_id: session });
    await phone.until('left', isOf('admin_leave'));
    await desk.until('left', isOf('admin_leave'));
    await bea.until('left', isOf('admin_leave'));
  }
  return pieces;
}
