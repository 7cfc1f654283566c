// Station: test/ui. What the desk draws, as lines: the list, the header, the part of a conversation that fits. At any size, and of any text.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conversationWindow } from '../../src/cli/ui/conversation-window.js';
import { stateLine, tabLine } from '../../src/cli/ui/desk-header.js';
import { widthOf } from '../../src/cli/ui/layout.js';
import { pickable, pickerLines } from '../../src/cli/ui/picker-rows.js';
import { plainTheme } from '../../src/cli/ui/theme.js';
import type { DeskSummary } from '../../src/client/desk-list.js';
import { type DeskSession, initialDesk } from '../../src/client/desk-snapshot.js';
import { initialSnapshot, type Snapshot, type TimelineMessage } from '../../src/client/snapshot.js';
import { timelineMessage } from '../helpers/timeline-entries.js';

const nowMs = Date.parse('2026-01-01T01:00:00.000Z');
const at = (minute: number) => new Date(Date.parse('2026-01-01T00:00:00.000Z') + minute * 60_000).toISOString();
const theme = plainTheme;
/** What no line may hold: controls, and marks that turn the direction. */
const unsafe = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f]/;
const hostile = 'x\u001b]52;c;cm0gLXJmIC8=\u0007\u009b2J\u001b[1;1H\u0085\u202egnp.exe\u2066\r\n\ty';
const wide = '你好👨‍👩‍👧你好👍🏽你好你好你好你好你好你好';

function summary(fields: Partial<DeskSummary> & Pick<DeskSummary, 'id'>): DeskSummary {
  return {
    userId: `user-${fields.id}`,
    name: `about ${fields.id}`,
    startTime: at(0),
    lastActivity: at(0),
    messageCount: 1,
    isActive: true,
    isHelpRequested: false,
    heldBy: null,
    ...fields,
  };
}

const message = (seq: number, fields: Partial<TimelineMessage> = {}): TimelineMessage =>
  timelineMessage({ seq, messageId: `m${seq}`, content: `line ${seq}`, ...fields });

function chatOf(fields: Partial<Snapshot>): Snapshot {
  return { ...initialSnapshot, ...fields };
}

function deskSession(fields: Partial<DeskSession> & Pick<DeskSession, 'sessionId'>): DeskSession {
  return {
    ownerId: `user-${fields.sessionId}`,
    role: 'holder',
    lease: { kind: 'none' },
    chat: initialSnapshot,
    ...fields,
  };
}

const ids = (sessions: readonly DeskSummary[]) => sessions.map(({ id }) => id);

describe('the list of sessions', () => {
  const sessions = [
    summary({ id: 'old', lastActivity: at(10) }),
    summary({ id: 'new', lastActivity: at(50) }),
    summary({ id: 'waits', lastActivity: at(40), isHelpRequested: true }),
    summary({ id: 'waits-longer', lastActivity: at(20), isHelpRequested: true }),
    summary({ id: 'held', lastActivity: at(30), heldBy: 'Bea' }),
    summary({ id: 'called', lastActivity: at(45) }),
  ];
  const calls = [{ sessionId: 'called', userId: 'user-called', queuePlace: 3, atMs: nowMs }];

  it('has who waits for help first, longest first, a call that was just heard among them, then who spoke last', () => {
    expect(ids(pickable(sessions, calls, ''))).toEqual(['waits-longer', 'waits', 'called', 'new', 'held', 'old']);
  });

  it('is filtered by every word, in user, name, id and state', () => {
    expect(ids(pickable(sessions, calls, 'help'))).toEqual(['waits-longer', 'waits', 'called']);
    expect(ids(pickable(sessions, calls, 'HELD bea'))).toEqual(['held']);
    expect(ids(pickable(sessions, calls, 'user-new about'))).toEqual(['new']);
    expect(pickable(sessions, calls, 'nobody')).toEqual([]);
  });

  const lines = (
    columns: number,
    rows: number,
    selectedId: string | null = null,
    lastLine: string | null = null,
    isCut = false,
  ) => {
    const shown = pickable(sessions, calls, '');
    return pickerLines({ sessions, filter: '', isCut, selectedId, lastLine }, shown, calls, {
      columns,
      rows,
      theme,
      nowMs,
    });
  };

  it('shows user, state, age and name in columns, the last line under the one that is chosen', () => {
    expect(lines(60, 4, 'waits', 'are you there?')).toEqual([
      'USER            STATE          AGE   NAME',
      'user-waits-lon… needs help     40m   about waits-longer',
      'user-waits      needs help     20m   about waits',
      '  “are you there?”',
    ]);
  });

  it('keeps the chosen one in sight, however low the terminal', () => {
    for (const id of ids(sessions)) {
      const shown = lines(20, 3, id, 'last');
      expect(shown.length, id).toBeLessThanOrEqual(3);
      expect(
        shown.some((line) => line.startsWith(`user-${id}`.slice(0, 5))),
        id,
      ).toBe(true);
      expect(lines(80, 1, id).join('\n'), id).toContain(`about ${id}`);
    }
  });

  it('says when more sessions are active than are listed, also where the filter fits none of them', () => {
    const note = 'Only the newest 500 and who waits for help are listed. Any other: chatbox takeover ID';
    expect(lines(100, 5, null, null, true).at(-1)).toBe(note);
    expect(lines(100, 5, null, null, true)).toHaveLength(5);
    expect(lines(100, 5)).not.toContain(note);
    const state = { sessions, filter: 'zoe', isCut: true, selectedId: null, lastLine: null };
    expect(pickerLines(state, [], [], { columns: 100, rows: 5, theme, nowMs })).toEqual(['Nothing fits “zoe”.', note]);
  });

  it('says why it is empty', () => {
    const style = { columns: 70, rows: 5, theme, nowMs };
    const state = { sessions: [], filter: '', isCut: false, selectedId: null, lastLine: null };
    expect(pickerLines(state, [], [], style)).toEqual(['No session is active. It appears here when one begins.']);
    expect(pickerLines({ ...state, filter: 'zoe' }, [], [], style)).toEqual(['Nothing fits “zoe”.']);
  });

  it('is never wider or higher than the terminal, and draws no hostile text, whatever users call themselves', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.constantFrom(hostile, wide, ''));
    const any = fc.record({ userId: text, name: text, heldBy: fc.option(text), isHelpRequested: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(any, { minLength: 1, maxLength: 8 }),
        fc.option(text),
        fc.boolean(),
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 9 }),
        (all, lastLine, isCut, columns, rows) => {
          const some = all.map((fields, n) => summary({ ...fields, id: `s${n}` }));
          const state = { sessions: some, filter: '', isCut, selectedId: 's0', lastLine };
          const drawn = pickerLines(state, pickable(some, [], ''), [], { columns, rows, theme, nowMs });
          expect(drawn.length).toBeLessThanOrEqual(Math.max(rows, lastLine === null ? 1 : 2));
          for (const line of drawn) {
            expect(widthOf(line)).toBeLessThanOrEqual(columns);
            expect(line).not.toMatch(unsafe);
          }
        },
      ),
    );
  });
});

describe('the header of the desk', () => {
  const sessions = new Map(
    [
      deskSession({ sessionId: 'one', ownerId: 'ada' }),
      deskSession({ sessionId: 'two', ownerId: hostile, role: 'watcher' }),
      deskSession({ sessionId: 'three', ownerId: wide, role: 'out' }),
      deskSession({ sessionId: '0198c2d4-5678', ownerId: null, role: 'joining' }),
    ].map((session) => [session.sessionId, session] as const),
  );
  const desk = { ...initialDesk, sessions };
  const style = { columns: 120, theme, nowMs, shownId: 'one', unseen: new Set(['three']) };

  it('has a tab for each session: whose it is, what one is there, and whether something is new', () => {
    const line = tabLine(desk, style);
    expect(line).toContain(' 1 ada ');
    expect(line).toContain(' 2 (watching) xgnp.exe y ');
    expect(line).toMatch(/ 3 \(out\) 你好👨‍👩‍👧.*…\* /);
    expect(line).toContain(' 4 (joining) 0198c2d4 ');
    expect(tabLine({ ...desk, helpCalls: [{ sessionId: 'x', userId: 'x', queuePlace: 1, atMs: 0 }] }, style)).toContain(
      'Sessions (1 ask for help)',
    );
  });

  it('keeps the tab that is shown in sight, in as many cells as there are', () => {
    for (let columns = 3; columns < 100; columns += 1) {
      for (const shownId of [null, ...sessions.keys()]) {
        const line = tabLine(desk, { ...style, columns, shownId });
        expect(widthOf(line), `${columns} ${shownId}`).toBeLessThanOrEqual(columns);
        expect(line).not.toMatch(unsafe);
      }
    }
    expect(tabLine(desk, { ...style, columns: 24, shownId: '0198c2d4-5678' })).toContain('4 (joining) 0198c2d4');
  });

  it('says who holds the session, how the lease stands, and what the connection does', () => {
    const held = deskSession({ sessionId: 'one', lease: { kind: 'held', leaseMs: 30_000 } });
    const open = { ...initialDesk, connection: { kind: 'open', sinceMs: 0, isDraining: false } } as const;
    expect(stateLine(held, open, style)).toBe('you hold it · lease 30 s, renewed · connected · ? keys');
    const cut = { ...held, lease: { kind: 'running_out', endsAtMs: nowMs + 4_200 } } as const;
    const gone = { ...initialDesk, connection: { kind: 'waiting', attempt: 2, retryAtMs: 0, why: hostile } } as const;
    expect(stateLine(cut, gone, style)).toMatch(/^you hold it · lease ends in 5 s · reconnecting \(2\): x/);
    expect(stateLine(cut, gone, style)).not.toMatch(unsafe);
    const lost = { ...held, role: 'out', lease: { kind: 'lost', to: hostile, atMs: 0 } } as const;
    expect(stateLine(lost, open, style)).toMatch(/^not held by you · x.* took it over · connected/);
    expect(stateLine(lost, open, style)).not.toMatch(unsafe);
    const watched = deskSession({
      sessionId: 'two',
      role: 'watcher',
      chat: chatOf({
        floor: { holder: 'admin', id: 'cleo', name: 'Cleo' },
        help: { isRequested: true, queuePlace: 1 },
      }),
    });
    expect(stateLine(watched, open, style)).toBe('watching, Cleo answers · asks for a person · connected · ? keys');
    expect(widthOf(stateLine(watched, open, { ...style, columns: 20 }))).toBeLessThanOrEqual(20);
  });
});

describe('the part of a conversation that fits', () => {
  const timeline = Array.from({ length: 10_000 }, (_, n) => message(n + 1));
  const view = (chat: Snapshot, columns: number, rows: number, scrolledUp = 0) =>
    conversationWindow(chat, { columns, rows, theme, scrolledUp });

  it('is its end, or what lies above it, never above the first line', () => {
    const chat = chatOf({ timeline });
    expect(view(chat, 40, 2)).toEqual({ lines: ['User: line 9999', 'User: line 10000'], scrolledUp: 0 });
    expect(view(chat, 40, 2, 5)).toEqual({ lines: ['User: line 9994', 'User: line 9995'], scrolledUp: 5 });
    expect(view(chat, 40, 2, 1_000_000)).toEqual({ lines: ['User: line 1', 'User: line 2'], scrolledUp: 9_998 });
    expect(view(chat, 40, 2, -3).scrolledUp).toBe(0);
  });

  it('names the person who spoke also after they have left', () => {
    const said = message(1, { sender: 'admin', adminName: 'Bea', content: 'Good day' });
    const left = { kind: 'notice', seq: 2, what: 'admin_leave', subject: 'Bea', timestamp: at(0) } as const;
    expect(view(chatOf({ timeline: [said, left] }), 60, 5).lines).toEqual([
      'Bea: Good day',
      '— Bea left; the model answers again —',
    ]);
  });

  it('ends with the running answer, what waits to be stored, and that the user types', () => {
    const chat = chatOf({
      timeline: timeline.slice(0, 1),
      answer: { turnId: 't', text: 'so far', modelId: 'echo', startedAtMs: 0 },
      pending: [
        { messageId: 'a', content: 'on its way', modelId: null, sessionId: null, status: 'sending', error: null },
        { messageId: 'b', content: 'lost', modelId: null, sessionId: null, status: 'failed', error: 'no store' },
      ],
      typingAtMs: nowMs,
    });
    expect(view(chat, 60, 9).lines).toEqual([
      'User: line 1',
      'echo: so far',
      'You (sending…): on its way',
      'Not sent: no store (Ctrl-X sends it again) lost',
      'The user is typing…',
    ]);
  });

  it('is laid out anew when the terminal gets another width', () => {
    const chat = chatOf({ timeline: [message(1, { content: 'one two three four' })] });
    expect(view(chat, 40, 5).lines).toEqual(['User: one two three four']);
    expect(view(chat, 14, 5).lines).toEqual(['User: one two', 'three four']);
    expect(view(chat, 40, 5).lines).toEqual(['User: one two three four']);
  });

  it('is never wider or higher than a terminal of 20 x 5 or any other, and draws no hostile text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom(hostile, wide, 'words of no harm'),
    );
    const spoken = fc.record({
      content: text,
      adminName: text,
      sender: fc.constantFrom('user', 'ai', 'admin'),
      modelId: text,
    });
    fc.assert(
      fc.property(
        fc.array(spoken, { maxLength: 8 }),
        text,
        fc.constantFrom([20, 5], [2, 1], [80, 24], [33, 3]),
        fc.nat(9),
        (all, answer, [columns = 1, rows = 1], scrolledUp) => {
          const chat = chatOf({
            timeline: [
              ...all.map((fields, n) => message(n + 1, fields as Partial<TimelineMessage>)),
              { kind: 'notice', seq: 99, what: 'admin_join', subject: answer, timestamp: at(0) },
            ],
            answer: { turnId: 't', text: answer, modelId: answer, startedAtMs: 0 },
          });
          const { lines } = view(chat, columns, rows, scrolledUp);
          expect(lines.length).toBeLessThanOrEqual(rows);
          for (const line of lines) {
            expect(widthOf(line), JSON.stringify(line)).toBeLessThanOrEqual(columns);
            expect(line).not.toMatch(unsafe);
          }
        },
      ),
    );
  });
});
