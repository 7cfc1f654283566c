// The projection as a fold of the log.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold } from '../../../src/server/chat/fold.js';
import { firstProjection } from '../../../src/server/ports/first-projection.js';
import type { Entry, FloorHolder, LogEntry, Projection } from '../../../src/server/ports/store.js';
import { messageOf, seedOf, testEpochMs } from '../../helpers/store-fixtures.js';

const ai: FloorHolder = { kind: 'ai' };
const admin: FloorHolder = { kind: 'admin', id: 'root', name: 'Root' };
const empty = firstProjection(seedOf({ name: '' }));
const folding = (...entries: Entry[]): Projection =>
  entries.map((entry, at): LogEntry => ({ seq: at + 1, entry })).reduce(fold, empty);

function answerOf(through: number, more: Parameters<typeof messageOf>[1] = {}): Entry {
  const spoken = { sender: 'ai', type: 'ai_response', authorId: null, authorName: null, answersThrough: through };
  return messageOf(`answer to ${through}`, { ...spoken, ...more } as Parameters<typeof messageOf>[1]);
}

const anyAt = fc.integer({ min: testEpochMs - 1_000, max: testEpochMs + 1_000 });
const anyEntry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ at: anyAt, content: fc.string() }).map(({ at, content }) => messageOf('m', { at, content })),
  fc.record({ at: anyAt }).map(({ at }) => messageOf('f', { at, type: 'file_upload' })),
  fc.record({ at: anyAt }).map(({ at }) => messageOf('a', { at, sender: 'admin' })),
  fc
    .record({ at: anyAt, through: fc.nat(20), tokens: fc.nat(1_000), elapsedMs: fc.nat(1_000) })
    .map(({ at, through, tokens, elapsedMs }) =>
      answerOf(through, { at, elapsedMs, usage: { promptTokens: tokens, completionTokens: tokens } }),
    ),
  fc
    .record({ at: anyAt, epoch: fc.nat(9) })
    .map(({ at, epoch }): Entry => ({ at, kind: 'floor', holder: admin, previous: ai, epoch })),
  fc
    .record({ at: anyAt, epoch: fc.nat(9) })
    .map(({ at, epoch }): Entry => ({ at, kind: 'floor', holder: ai, previous: admin, epoch })),
  fc.record({ at: anyAt, modelId: fc.string() }).map(({ at, modelId }): Entry => ({ at, kind: 'model', modelId })),
  fc.record({ at: anyAt }).map(({ at }): Entry => ({ at, kind: 'help', place: 1 })),
  fc.record({ at: anyAt, name: fc.string() }).map(({ at, name }): Entry => ({ at, kind: 'rename', name })),
  fc.record({ at: anyAt }).map(({ at }): Entry => ({ at, kind: 'end', reason: 'idle' })),
);

describe('the fold', () => {
  it('page by page, with pages that overlap, gives what the whole log gives', () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 40 }), fc.nat(40), fc.nat(5), (entries, cut, overlap) => {
        const log = entries.map((entry, at): LogEntry => ({ seq: at + 1, entry }));
        const whole = log.reduce(fold, empty);
        const first = log.slice(0, cut).reduce(fold, empty);
        expect(log.slice(Math.max(0, cut - overlap)).reduce(fold, first)).toEqual(whole);
        expect(whole.seq).toBe(log.length);
      }),
    );
  });

  it('changes neither the projection before nor the entry', () => {
    const before = Object.freeze({ ...empty });
    const entry = Object.freeze(messageOf('m'));
    expect(fold(before, { seq: 1, entry })).not.toBe(before);
    expect(before).toEqual(empty);
  });

  it('counts messages of everybody, and dates the last activity by the latest, not the last', () => {
    const folded = folding(
      messageOf('one', { at: testEpochMs + 50 }),
      answerOf(1, { at: testEpochMs + 20 }),
      messageOf('from the admin', { sender: 'admin', at: testEpochMs + 10 }),
    );
    expect(folded).toMatchObject({ seq: 3, messageCount: 3, lastActivityAt: testEpochMs + 50 });
  });

  it('names the session after its first sentence, once, unless it was named', () => {
    expect(folding(messageOf('f', { type: 'file_upload', content: 'x' })).named).toBe(false);
    const first = messageOf('one', { content: 'Plan it. Then go.' });
    expect(folding(first, messageOf('two', { content: 'Other.' }))).toMatchObject({ name: 'Plan it.', named: true });
    const rename: Entry = { at: 1, kind: 'rename', name: 'Mine' };
    expect(folding(rename, first)).toMatchObject({ name: 'Mine', named: true });
  });

  it('nobody holds a session that has ended, and who did is remembered', () => {
    const held = folding({ at: testEpochMs, kind: 'floor', holder: admin, previous: ai, epoch: 1 });
    expect(held).toMatchObject({ floor: admin, assistingAdminName: 'Root' });
    const ended = fold(held, { seq: 2, entry: { at: testEpochMs, kind: 'end', reason: 'user' } });
    expect(ended).toMatchObject({ floor: ai, floorEpoch: 1, adminAssisted: true, assistingAdminName: 'Root' });
  });

  it('an end is not activity, and nobody waits after it', () => {
    const help: Entry = { at: testEpochMs, kind: 'help', place: 3 };
    expect(folding(help)).toMatchObject({ helpRequested: true, endedAt: null });
    const ended = folding(help, messageOf('one'), { at: testEpochMs + 9_999, kind: 'end', reason: 'idle' });
    expect(ended).toMatchObject({
      endedAt: testEpochMs + 9_999,
      lastActivityAt: testEpochMs,
      helpRequested: false,
      waitingSeq: null,
    });
  });

  it('a takeover marks the session, answers the call for help, and lets nobody wait for the model', () => {
    const taken = folding(
      messageOf('one'),
      { at: 1, kind: 'help', place: 1 },
      { at: 2, kind: 'floor', holder: admin, previous: ai, epoch: 4 },
    );
    expect(taken).toMatchObject({
      floor: admin,
      floorEpoch: 4,
      adminAssisted: true,
      assistingAdminId: 'root',
      assistingAdminName: 'Root',
      helpRequested: false,
      waitingSeq: null,
    });
    const back = fold(taken, { seq: 4, entry: { at: 3, kind: 'floor', holder: ai, previous: admin, epoch: 5 } });
    expect(back).toMatchObject({ floor: ai, floorEpoch: 5, adminAssisted: true, assistingAdminName: 'Root' });
  });

  it('what users say waits, but not a file, and not what is said to a person', () => {
    expect(folding(messageOf('one'), messageOf('two')).waitingSeq).toBe(1);
    expect(folding(messageOf('f', { type: 'file_upload' })).waitingSeq).toBeNull();
    expect(folding(messageOf('v', { type: 'voice_message' })).waitingSeq).toBe(1);
    const floor: Entry = { at: 1, kind: 'floor', holder: admin, previous: ai, epoch: 1 };
    expect(folding(floor, messageOf('to the person')).waitingSeq).toBeNull();
  });

  it('an answer leaves waiting what was said after what it was shown', () => {
    expect(folding(messageOf('one'), answerOf(1)).waitingSeq).toBeNull();
    expect(folding(messageOf('one'), messageOf('two'), answerOf(1)).waitingSeq).toBe(2);
    expect(folding(messageOf('one'), messageOf('two'), answerOf(2)).waitingSeq).toBeNull();
  });

  it('the cut rest of an answer after a takeover or an end leaves nobody waiting', () => {
    const floor: Entry = { at: 1, kind: 'floor', holder: admin, previous: ai, epoch: 1 };
    expect(folding(messageOf('one'), messageOf('two'), floor, answerOf(1)).waitingSeq).toBeNull();
    const end: Entry = { at: 1, kind: 'end', reason: 'user' };
    expect(folding(messageOf('one'), messageOf('two'), end, answerOf(1)).waitingSeq).toBeNull();
  });

  it('R26: adds up tokens and response times', () => {
    const usage = { promptTokens: 10, completionTokens: 5 };
    const folded = folding(
      messageOf('one'),
      answerOf(1, { elapsedMs: 300, usage }),
      messageOf('two'),
      answerOf(3, { elapsedMs: 100, usage }),
      messageOf('three'),
      answerOf(5),
    );
    expect(folded).toMatchObject({ totalTokens: 30, responseCount: 3, responseTotalMs: 400, responseMaxMs: 300 });
  });

  it('a choice of model is remembered', () => {
    expect(folding({ at: 1, kind: 'model', modelId: 'other' }).modelId).toBe('other');
  });
});
