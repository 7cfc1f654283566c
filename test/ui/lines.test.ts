// Station: test/ui. What the screen and the pipe say of entries, answers, sends and connections.
import { describe, expect, it } from 'vitest';
import { entryLines } from '../../src/cli/ui/entry-lines.js';
import { widthOf } from '../../src/cli/ui/layout.js';
import { type LiveStyle, liveLines, statusLine } from '../../src/cli/ui/live-lines.js';
import { plainTheme, terminalTheme } from '../../src/cli/ui/theme.js';
import { dueEntries } from '../../src/cli/ui/use-printed.js';
import { connectionText, endMark, modelName, noticeText, sessionLabel } from '../../src/cli/ui/words.js';
import {
  initialSnapshot,
  type Snapshot,
  type TimelineEntry,
  type TimelineMessage,
  type TimelineNotice,
} from '../../src/client/snapshot.js';
import { timelineMessage } from '../helpers/timeline-entries.js';

const timestamp = '2026-01-01T00:00:00.000Z';

function notice(what: string, subject = ''): TimelineNotice {
  return { kind: 'notice', seq: 2, what, subject, timestamp };
}

const plain = (entry: TimelineEntry, columns: number | null = 40) => entryLines(entry, { columns, theme: plainTheme });

describe('an entry', () => {
  it('says who spoke', () => {
    expect(plain(timelineMessage({}))).toEqual(['You: hello']);
    expect(plain(timelineMessage({ sender: 'ai', modelId: 'echo', end: 'complete' }))).toEqual(['echo: hello']);
    expect(plain(timelineMessage({ sender: 'ai' }))).toEqual(['Model: hello']);
    expect(plain(timelineMessage({ sender: 'admin', adminName: 'Anna' }))).toEqual(['Anna: hello']);
    expect(plain(timelineMessage({ sender: 'admin' }))).toEqual(['Person: hello']);
    expect(plain(timelineMessage({ sender: 'system' }))).toEqual(['System: hello']);
  });

  it('marks an answer that did not end well, and one whose end is missing', () => {
    expect(plain(timelineMessage({ sender: 'ai', end: 'interrupted' }))).toEqual(['Model: hello', '[interrupted]']);
    expect(plain(timelineMessage({ sender: 'ai', end: 'cancelled', isPartial: true }))).toEqual([
      'Model: hello',
      '[stopped] [its end is missing]',
    ]);
    expect(['complete', 'length', 'failed', null].map((end) => endMark(end as TimelineMessage['end']))).toEqual([
      '',
      '[cut at its greatest length]',
      '[failed]',
      '',
    ]);
  });

  it('that the server cannot read says so, and is no empty line', () => {
    expect(plain(timelineMessage({ content: '', isUnreadable: true }))).toEqual(['You: [unreadable]']);
  });

  it('is wrapped to the terminal, or not at all', () => {
    const long = timelineMessage({ content: 'one two three four five six seven' });
    expect(plain(long, 12)).toEqual(['You: one two', 'three four', 'five six', 'seven']);
    expect(plain(long, null)).toEqual(['You: one two three four five six seven']);
    expect(plain(long, 6).every((line) => widthOf(line) <= 6)).toBe(true);
  });

  it('draws nothing that the terminal obeys, in text, names and file ids', () => {
    const hostile = '\u001b]52;c;AAAA\u0007\u202ex\u009b2J';
    const lines = [
      ...plain(timelineMessage({ content: hostile, fileId: hostile })),
      ...plain(timelineMessage({ sender: 'ai', modelId: hostile })),
      ...plain(timelineMessage({ sender: 'admin', adminName: hostile })),
      ...['admin_join', 'admin_leave', 'model_changed', 'renamed', hostile].flatMap((what) =>
        plain(notice(what, hostile)),
      ),
    ];
    expect(lines.join('\n')).not.toMatch(/[\u001b\u0007\u202e\u009b]/);
    expect(lines[0]).toBe('You: [file x] x');
  });

  it('tells what happened in words', () => {
    expect(noticeText(notice('admin_join', 'Anna'))).toBe('Anna joined the conversation');
    expect(noticeText(notice('admin_join'))).toBe('A person joined the conversation');
    expect(noticeText(notice('admin_leave'))).toBe('The person left; the model answers again');
    expect(noticeText(notice('help_requested'))).toBe('A person was asked to join');
    expect(noticeText(notice('ended'))).toContain('ended');
    expect(noticeText(notice('something_new'))).toBe('something new');
    expect(plain(notice('model_changed', 'big'))).toEqual(['— The model is now big —']);
  });

  it('is due once; an answer at the end whose rest is still on its way waits', () => {
    const entries = [
      timelineMessage({ seq: 1 }),
      timelineMessage({ seq: 2 }),
      timelineMessage({ seq: 3, isPartial: true }),
    ];
    expect(dueEntries(entries, 1).map(({ seq }) => seq)).toEqual([2]);
    expect(dueEntries([...entries, timelineMessage({ seq: 4 })], 1).map(({ seq }) => seq)).toEqual([2, 3, 4]);
  });
});

describe('the live region', () => {
  const style: LiveStyle = {
    columns: 30,
    rows: 6,
    theme: plainTheme,
    areKeysShown: false,
    alertsSeenAtMs: 0,
    refusal: '',
  };
  const answer = { turnId: 't', text: '', modelId: 'echo', startedAtMs: 0 };
  const shown = (state: Partial<Snapshot>, more: Partial<LiveStyle> = {}) =>
    liveLines({ ...initialSnapshot, ...state }, { ...style, ...more });

  it('is empty when nothing goes on', () => {
    expect(shown({})).toEqual([]);
  });

  it('shows that the model was asked, then its answer, then the end of a long one', () => {
    expect(shown({ answer })).toEqual(['echo: …']);
    expect(shown({ answer: { ...answer, text: 'Hello\nworld' } })).toEqual(['echo: Hello', 'world']);
    const long = Array.from({ length: 50 }, (_, n) => `line ${n}`).join('\n');
    expect(shown({ answer: { ...answer, text: long } })).toEqual([
      'line 44',
      'line 45',
      'line 46',
      'line 47',
      'line 48',
      'line 49',
    ]);
    expect(shown({ answer: { ...answer, text: 'x\u001b[2Jy' } })).toEqual(['echo: xy']);
  });

  it('shows what waits and what failed, and how to send it again', () => {
    const send = {
      messageId: 'm',
      content: 'hi',
      modelId: null,
      sessionId: null,
      status: 'sending',
      error: null,
    } as const;
    expect(shown({ pending: [send] })).toEqual(['You: hi (sending…)']);
    expect(shown({ pending: [{ ...send, status: 'failed', error: 'away' }] }, { columns: 80 })[0]).toContain(
      'Not sent: away (Ctrl-X',
    );
  });

  it('shows who types, what went wrong until it was seen, and why a message was not taken', () => {
    const alert = { kind: 'error', code: 'X', message: 'too many', retryAfterMs: null, turnId: null, atMs: 5 } as const;
    expect(shown({ alerts: [alert], typingAtMs: 1 })).toEqual(['The other side is typing…', 'too many']);
    expect(shown({ floor: { holder: 'admin', id: 'a', name: 'Anna' }, typingAtMs: 1 })).toEqual(['Anna is typing…']);
    expect(shown({ alerts: [alert] }, { alertsSeenAtMs: 5, refusal: 'no' })).toEqual(['no']);
  });

  it('never has more lines than there is room for, whatever is shown', () => {
    const state = { answer: { ...answer, text: 'a\n'.repeat(99) }, typingAtMs: 1 };
    for (const rows of [1, 2, 5, 20]) {
      const lines = shown(state, { rows, areKeysShown: true, columns: 20 });
      expect(lines.length).toBeLessThanOrEqual(rows);
      expect(lines.every((line) => widthOf(line) <= 20)).toBe(true);
    }
  });

  it('has a status line with connection, who answers, session and where the keys are', () => {
    const state: Snapshot = {
      ...initialSnapshot,
      sessionId: '0123456789',
      models: [{ id: 'e', name: 'Echo' }],
      modelId: 'e',
    };
    expect(statusLine(state, 80)).toBe('not connected · Echo · 01234567 · ? keys');
    expect(statusLine({ ...state, floor: { holder: 'admin', id: 'a', name: 'Anna' } }, 80)).toContain('Anna is here');
    expect(statusLine({ ...state, help: { isRequested: true, queuePlace: 2 } }, 80)).toContain(
      'waiting for a person (place 2)',
    );
    expect(widthOf(statusLine(state, 12))).toBeLessThanOrEqual(12);
    expect(sessionLabel({ ...state, sessionName: 'Taxes' })).toBe('Taxes');
    expect(modelName({ ...state, models: [] })).toBe('e');
  });

  it('says in words what the connection does', () => {
    expect(connectionText({ kind: 'connecting', attempt: 0 })).toBe('connecting…');
    expect(connectionText({ kind: 'connecting', attempt: 2 })).toBe('reconnecting…');
    expect(connectionText({ kind: 'open', sinceMs: 0, isDraining: true })).toBe('connected, server restarting');
    expect(connectionText({ kind: 'waiting', attempt: 2, retryAtMs: 0, why: 'gone\u001b[2J' })).toBe(
      'reconnecting (2): gone',
    );
    expect(connectionText({ kind: 'stopped', reason: 'unauthorized', message: 'expired' })).toBe('stopped: expired');
  });
});

describe('styles', () => {
  it('have colour on a terminal, none under NO_COLOR, nothing at all on a pipe', () => {
    expect(terminalTheme(true).user('x')).toBe('\u001b[1m\u001b[36mx\u001b[39m\u001b[22m');
    expect(terminalTheme(false).user('x')).toBe('\u001b[1mx\u001b[22m');
    expect(terminalTheme(true).dim('')).toBe('');
    expect(plainTheme.warning('x')).toBe('x');
  });
});
