// Station: test/unit/client. What each frame does to what the client knows.
import { describe, expect, it } from 'vitest';
import { fold } from '../../../src/client/fold.js';
import type { Effect, FoldContext } from '../../../src/client/fold-types.js';
import type { ReceivedFrame } from '../../../src/client/parse-frame.js';
import { initialSnapshot, type PendingSend, type Snapshot } from '../../../src/client/snapshot.js';
import { answered, chunk, connected, context, frame, said } from './wire.js';

function run(frames: readonly ReceivedFrame[], start: Snapshot = initialSnapshot, with_: FoldContext = context) {
  let state = start;
  const effects: Effect[] = [];
  for (const each of frames) {
    const folded = fold(state, each, with_);
    state = folded.state;
    effects.push(...folded.effects);
  }
  return { state, effects };
}

function sending(messageId: string, content: string): PendingSend {
  return { messageId, content, modelId: null, sessionId: null, status: 'sending', error: null };
}

const contents = (state: Snapshot) =>
  state.timeline.map((entry) => (entry.kind === 'message' ? entry.content : entry.what));

describe('the first frame of a connection', () => {
  it('tells session, user, models and where the log stands', () => {
    const { state, effects } = run([connected(7)]);
    expect(state).toMatchObject({
      sessionId: 'session-1',
      userId: 'user-1',
      modelId: 'echo',
      lastSeq: 7,
      hasOlder: true,
    });
    expect(state.models).toEqual([{ id: 'echo', name: 'Echo' }]);
    expect(effects).toEqual([]);
  });

  it('keeps the position of a resume, and asks for what is missing when the server did not resume', () => {
    const start = { ...initialSnapshot, sessionId: 'session-1', lastSeq: 3 };
    expect(run([connected(5, { resumed: 'true' })], start)).toMatchObject({ state: { lastSeq: 3 }, effects: [] });
    expect(run([connected(5)], start)).toMatchObject({ state: { lastSeq: 3 }, effects: [{ kind: 'gap' }] });
  });

  it('says who holds the floor and whether the session has ended', () => {
    const { state } = run([connected(2, { admin_id: 'a1', admin_name: 'Anna', state: 'ended' })]);
    expect(state).toMatchObject({ floor: { holder: 'admin', id: 'a1', name: 'Anna' }, isEnded: true });
    expect(run([connected(2)], state).state).toMatchObject({ floor: { holder: 'ai' }, isEnded: false });
  });

  it('so does the answer to a join and to a watch of an admin', () => {
    for (const status of ['joined', 'watching']) {
      const { state } = run([connected(4, { status, admin_id: 'a1', admin_name: 'Anna', admin_away: 'true' })]);
      expect(state).toMatchObject({ lastSeq: 4, floor: { holder: 'admin', name: 'Anna' }, isAdminAway: true });
    }
  });

  it('is followed by whether the person who holds the session is away, until somebody else does', () => {
    const away = (status: string) =>
      frame('connection_status', { metadata: { status, admin_id: 'a1', admin_name: 'Anna' } });
    const start = run([connected(2, { admin_id: 'a1', admin_name: 'Anna' })]).state;
    expect(start.isAdminAway).toBe(false);
    const gone = run([away('admin_away')], start).state;
    expect(gone.isAdminAway).toBe(true);
    expect(run([away('admin_back')], gone).state.isAdminAway).toBe(false);
    for (const type of ['admin_join', 'admin_leave'] as const)
      expect(
        run([frame(type, { seq: 3, metadata: { admin_id: 'a2', admin_name: 'Bo' } })], gone).state.isAdminAway,
      ).toBe(false);
  });

  it('of another session forgets what was known of the one before', () => {
    const { state } = run([connected(0), said(1, 'old'), { ...connected(9), session_id: 'session-2' }]);
    expect(state).toMatchObject({ sessionId: 'session-2', lastSeq: 9, timeline: [] });
  });

  it('after a resume that was cut short takes the client to the head and has the rest read', () => {
    const cut = frame('connection_status', {
      metadata: { status: 'resumed', truncated: 'true', through: '3', last_seq: '900' },
    });
    const { state, effects } = run([connected(1), said(2, 'b'), said(3, 'c'), cut, said(901, 'new')]);
    expect(state.lastSeq).toBe(901);
    expect(effects).toEqual([{ kind: 'truncated', afterSeq: 3 }]);
  });
});

describe('numbered frames', () => {
  it('come into the timeline once, in their order', () => {
    const { state, effects } = run([connected(0), said(1, 'a'), said(2, 'b'), said(2, 'b'), said(1, 'a')]);
    expect(contents(state)).toEqual(['a', 'b']);
    expect(effects).toEqual([]);
  });

  it('of words that the server cannot read are told apart from empty ones', () => {
    const entries = run([
      connected(0),
      frame('user_message', { seq: 1, content: '', metadata: { unreadable: 'damaged' } }),
      said(2, 'b'),
    ]).state.timeline;
    expect(entries.map((entry) => entry.kind === 'message' && entry.isUnreadable)).toEqual([true, false]);
  });

  it('that are ahead wait for the resume that brings what lies between', () => {
    const { state, effects } = run([connected(0), said(1, 'a'), said(3, 'c')]);
    expect(contents(state)).toEqual(['a']);
    expect(state.lastSeq).toBe(1);
    expect(effects).toEqual([{ kind: 'gap' }]);
    expect(contents(run([said(2, 'b'), said(3, 'c')], state).state)).toEqual(['a', 'b', 'c']);
  });

  it('that are ahead of a resume that brought nothing are taken as they are', () => {
    const { state } = run([connected(1), said(4, 'd')], initialSnapshot, { ...context, mayJump: true });
    expect(state.lastSeq).toBe(4);
  });

  it('that were seen do not bring an old floor or model back', () => {
    const join = frame('admin_join', { seq: 1, metadata: { admin_id: 'a1', admin_name: 'Anna' } });
    const leave = frame('admin_leave', { seq: 2, metadata: { admin_id: 'a1', admin_name: 'Anna' } });
    expect(run([connected(0), join, leave, join]).state.floor).toEqual({ holder: 'ai' });
  });

  it('push the oldest out of a timeline that is full', () => {
    const many = Array.from({ length: 60 }, (_, at) => said(at + 1, `n${at + 1}`));
    const { state } = run([connected(0), ...many]);
    expect(state.timeline).toHaveLength(50);
    expect(contents(state)[0]).toBe('n11');
  });
});

describe('sends', () => {
  const start = { ...run([connected(0)]).state, pending: [sending('m1', 'hello'), sending('m2', 'again')] };

  it('are acked into the timeline at their place', () => {
    const { state, effects } = run([frame('message_ack', { message_id: 'm1', seq: 1 })], start);
    expect(contents(state)).toEqual(['hello']);
    expect(state.pending.map(({ messageId }) => messageId)).toEqual(['m2']);
    expect(effects).toEqual([{ kind: 'acked', messageId: 'm1', seq: 1, sessionId: 'session-1' }]);
  });

  it('are acked by their replay on another socket', () => {
    const { state, effects } = run([said(1, 'hello')], start);
    expect(state.pending).toHaveLength(1);
    expect(effects).toEqual([{ kind: 'acked', messageId: 'm1', seq: 1, sessionId: 'session-1' }]);
  });

  it('are acked also where the ack is ahead of a hole', () => {
    const { state, effects } = run([frame('message_ack', { message_id: 'm1', seq: 5 })], start);
    expect(effects.map(({ kind }) => kind)).toEqual(['acked', 'gap']);
    expect(state.lastSeq).toBe(0);
    expect(contents(state)).toEqual(['hello']);
  });

  it('acked a second time have their text read when it is not known any more', () => {
    const { effects } = run([frame('message_ack', { message_id: 'lost', seq: 1 })], start);
    expect(effects).toContainEqual({ kind: 'fetch', seq: 1 });
    const shown = run(
      [said(1, 'x', { message_id: 'lost' }), frame('message_ack', { message_id: 'lost', seq: 1 })],
      start,
    );
    expect(shown.effects).toEqual([{ kind: 'acked', messageId: 'lost', seq: 1, sessionId: 'session-1' }]);
  });

  it('that an error names are refused; another error touches none', () => {
    const error = { code: 'TOO_MANY_REQUESTS', message: 'slow down', recoverable: true, retry_after: 500 };
    const { state, effects } = run([frame('error', { error, message_id: 'm2' })], start);
    expect(state.pending[1]).toMatchObject({ status: 'failed', error: 'slow down' });
    expect(effects).toEqual([{ kind: 'refused', messageId: 'm2', error }]);
    const other = run([frame('error', { error })], start);
    expect(other.effects).toEqual([]);
    expect(other.state.alerts).toMatchObject([{ kind: 'error', code: 'TOO_MANY_REQUESTS', retryAfterMs: 500 }]);
  });
});

describe('answers', () => {
  const asked = run([connected(1), frame('loading', { turn_id: 't1', model_id: 'echo' })]).state;

  it('grow by chunks, and drop what came before', () => {
    const { state } = run([chunk('t1', 0, 'Hel'), chunk('t1', 0, 'Hel'), chunk('t1', 2, 'lo')], asked);
    expect(state.answer).toMatchObject({ turnId: 't1', text: 'Helo' });
    expect(run([chunk('t1', 3, 'lo')], run([chunk('t1', 0, 'Hel')], asked).state).state.answer?.text).toBe('Hello');
  });

  it('ask for a chunk that is missing, and go on when it came', () => {
    const { state, effects } = run([chunk('t1', 0, 'Hel'), chunk('t1', 5, '!')], asked);
    expect(state.answer?.text).toBe('Hel');
    expect(effects).toEqual([{ kind: 'gap' }]);
    expect(run([chunk('t1', 3, 'lo!')], state).state.answer?.text).toBe('Hello!');
  });

  it('end in the timeline with how they ended', () => {
    const cut = { streaming: 'true', done: 'true', end: 'interrupted', interrupted: 'true', length: '5' };
    const { state } = run([chunk('t1', 0, 'Hello'), answered('t1', 2, 5, { metadata: cut })], asked);
    expect(state.answer).toBeNull();
    expect(state.timeline).toMatchObject([
      { seq: 2, sender: 'ai', content: 'Hello', end: 'interrupted', isPartial: false },
    ]);
    expect(state.endedTurns).toEqual([{ turnId: 't1', end: 'interrupted', seq: 2, error: null }]);
  });

  it('of which the client has less than the server are read over HTTP', () => {
    const { state, effects } = run([chunk('t1', 0, 'Hel'), answered('t1', 2, 5)], asked);
    expect(state.timeline).toMatchObject([{ content: 'Hel', isPartial: true }]);
    expect(effects).toEqual([{ kind: 'fetch', seq: 2 }]);
  });

  it('that come whole replace what was heard of them', () => {
    const { state, effects } = run(
      [chunk('t1', 0, 'Hel'), answered('t1', 2, 5, { content: 'Hello', index: 0 })],
      asked,
    );
    expect(contents(state)).toEqual(['Hello']);
    expect(effects).toEqual([]);
  });

  it('that fail before the first word leave no message, but the reason', () => {
    const error = { code: 'LLM_TIMEOUT', message: 'too slow', recoverable: true };
    const none = frame('ai_response', {
      turn_id: 't1',
      metadata: { streaming: 'true', done: 'true', end: 'failed', length: '0' },
    });
    for (const order of [
      [frame('error', { error, turn_id: 't1' }), none],
      [none, frame('error', { error, turn_id: 't1' })],
    ]) {
      const { state } = run(order, asked);
      expect(state).toMatchObject({
        answer: null,
        timeline: [],
        endedTurns: [{ turnId: 't1', end: 'failed', seq: null, error: 'too slow' }],
      });
    }
  });

  it('that ended are not begun again by a late chunk', () => {
    const { state } = run(
      [chunk('t1', 0, 'Hello'), answered('t1', 2, 5), chunk('t1', 0, 'Hello'), frame('loading', { turn_id: 't1' })],
      asked,
    );
    expect(state.answer).toBeNull();
  });

  it('end without a turn for older clients change nothing', () => {
    const { state } = run(
      [frame('ai_response', { metadata: { streaming: 'true', done: 'true', end: 'held' } })],
      asked,
    );
    expect(state.answer?.turnId).toBe('t1');
  });
});

describe('what happens around the conversation', () => {
  it('stands in the timeline as a notice', () => {
    const status = (seq: number, metadata: Record<string, string>, more: Partial<ReceivedFrame> = {}) =>
      frame('connection_status', { seq, metadata, ...more });
    const { state } = run([
      connected(0),
      status(1, { status: 'model_changed' }, { model_id: 'big' }),
      status(2, { status: 'help_requested', queue_place: '2' }),
      frame('admin_join', { seq: 3, metadata: { admin_id: 'a1', admin_name: 'Anna' } }),
      frame('admin_leave', { seq: 4, metadata: { admin_id: 'a1', admin_name: 'Anna' } }),
      status(5, { status: 'renamed', name: 'Taxes' }),
      status(6, { status: 'ended', reason: 'idle' }),
      status(7, { status: 'something_new' }),
    ]);
    expect(state.timeline.map((entry) => (entry.kind === 'notice' ? [entry.what, entry.subject] : []))).toEqual([
      ['model_changed', 'big'],
      ['help_requested', ''],
      ['admin_join', 'Anna'],
      ['admin_leave', 'Anna'],
      ['renamed', 'Taxes'],
      ['ended', ''],
      ['something_new', ''],
    ]);
    expect(state).toMatchObject({ modelId: 'big', sessionName: 'Taxes', isEnded: true, help: { isRequested: false } });
  });

  it('asks for a token, says when to come back, and counts as typing', () => {
    const { state, effects } = run([
      connected(0),
      frame('connection_status', { metadata: { status: 'token_expiring' } }),
      frame('connection_status', { metadata: { status: 'draining', retry_after: '1500' } }),
      frame('typing_indicator'),
      frame('notification', { content: 'too many connections', metadata: { status: 'connection_limit' } }),
    ]);
    expect(effects).toEqual([{ kind: 'token_expiring' }, { kind: 'draining', retryAfterMs: 1_500 }]);
    expect(state.typingAtMs).toBe(1_000);
    expect(state.alerts).toMatchObject([
      { kind: 'notification', code: 'connection_limit', message: 'too many connections' },
    ]);
  });

  it('forgets a session that was deleted', () => {
    const { state } = run([
      connected(0),
      said(1, 'a'),
      frame('connection_status', { metadata: { status: 'deleted' } }),
    ]);
    expect(state).toMatchObject({ timeline: [], lastSeq: null, isEnded: true });
  });

  it('keeps a bounded number of alerts and passes over what it does not know', () => {
    const error = { code: 'SERVICE_ERROR', message: 'x', recoverable: true };
    const { state } = run([
      connected(0),
      ...Array.from({ length: 9 }, () => frame('error', { error })),
      frame('from_the_future'),
    ]);
    expect(state.alerts).toHaveLength(5);
    const before = state;
    expect(
      run([frame('pong'), frame('error'), frame('user_message'), frame('message_ack'), frame('loading')], before).state,
    ).toEqual(before);
  });
});
