// Station: test/unit/helpers. The load of the bench's takeover goal: it must notice the piece that comes too late, or the goal proves nothing.
import { expect, it } from 'vitest';

interface Lane {
  readonly socket: { send(bytes: Buffer): void };
  onFrame(bytes: Buffer, begin: number, end: number): void;
  readonly closed: null;
}

interface Run {
  readonly lasts: Float64Array;
  readonly trouble: { readonly count: number; readonly seen: readonly string[] };
}

const load = new URL('../../../bench/load/takeovers.mjs', import.meta.url).href;
const { takeovers } = (await import(load)) as {
  takeovers(users: Lane[], admins: Lane[], times: Record<string, number>): Promise<Run>;
};

/** The text of a masked frame, as the load writes it. */
function textOf(frame: Buffer): string {
  const head = ((frame[1] ?? 0) & 0x7f) < 126 ? 6 : 8;
  const mask = frame.subarray(head - 4, head);
  return String(Buffer.from(frame.subarray(head).map((byte, at) => byte ^ (mask[at & 3] ?? 0))));
}

/** A server of one session; `late` hears a piece of the cut answer after its admin_join. */
function lanesOf(late: 'user' | 'admin' | null): [Lane, Lane] {
  let turn = 0;
  const heard = (lane: Lane, frame: object): void => {
    const bytes = Buffer.from(JSON.stringify({ session_id: 's', ...frame }));
    queueMicrotask(() => lane.onFrame(bytes, 0, bytes.length));
  };
  const piece = () => ({ type: 'ai_response', turn_id: `t${turn}`, metadata: { done: 'false' } });
  const lane = (receive: (frame: Record<string, string>) => void): Lane => ({
    socket: { send: (bytes) => receive(JSON.parse(textOf(bytes))) },
    onFrame: () => undefined,
    closed: null,
  });
  const user: Lane = lane(({ message_id, content }) => {
    heard(user, { type: 'message_ack', message_id });
    if (content?.startsWith('/echo') !== true) return;
    turn += 1;
    heard(user, piece());
  });
  const admin: Lane = lane(({ type }) => {
    for (const each of [user, admin]) heard(each, { type });
    if (type !== 'admin_join') return;
    if (late !== null) heard(late === 'user' ? user : admin, piece());
    heard(user, { type: 'ai_response', turn_id: `t${turn}`, metadata: { done: 'true', end: 'interrupted' } });
  });
  return [user, admin];
}

const run = (late: 'user' | 'admin' | null): Promise<Run> => {
  const [user, admin] = lanesOf(late);
  return takeovers([user], [admin], { warmupMs: 0, durationMs: 1, atLeast: 3 });
};

it.each(['user', 'admin'] as const)('calls it trouble when the %s hears a piece after its admin_join', async (late) => {
  const { trouble } = await run(late);
  expect(trouble.count).toBeGreaterThanOrEqual(3);
  expect(trouble.seen[0]).toContain(`reached the ${late} after its admin_join`);
});

it('goes on until it has as many takeovers as are wanted, and calls none of them trouble', async () => {
  const { lasts, trouble } = await run(null);
  expect(lasts.length).toBeGreaterThanOrEqual(3);
  expect(trouble).toEqual({ count: 0, seen: [] });
});
