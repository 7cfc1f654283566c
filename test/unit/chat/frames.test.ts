// What entries and events look like on the wire, within every bound of the protocol.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../../src/protocol/limits.js';
import {
  ackFrame,
  chunkFrame,
  frameOfEntry,
  loadingFrame,
  stamp,
  typingFrame,
  unansweredFrame,
} from '../../../src/server/chat/frames.js';
import type { Entry, FloorHolder, MessageEntry } from '../../../src/server/ports/store.js';
import { brokenBounds } from '../../helpers/frame-bounds.js';
import { messageOf, testEpochMs } from '../../helpers/store-fixtures.js';

const ai: FloorHolder = { kind: 'ai' };
const root: FloorHolder = { kind: 'admin', id: 'root', name: 'Root' };
const frameOf = (entry: Entry, isReplay = false) => frameOfEntry('s', { seq: 3, entry }, isReplay);
const base = { session_id: 's', seq: 3, timestamp: '2026-01-01T00:00:00.000Z' };

describe('the frame of an entry', () => {
  it('of a message says who spoke, what, and where it lies', () => {
    const message = messageOf('m', { fileId: 'f', fileUrl: 'https://files.example.com/f', metadata: { a: 'b' } });
    expect(frameOf(message)).toEqual({
      ...base,
      type: 'user_message',
      content: 'text of m',
      sender: 'user',
      message_id: 'm',
      user_id: 'ann',
      file_id: 'f',
      file_url: 'https://files.example.com/f',
      metadata: { a: 'b' },
    });
    expect(frameOf(messageOf('m', { type: 'file_upload' })).type).toBe('file_upload');
    expect(frameOf(messageOf('m', { sender: 'admin', authorId: null }))).not.toHaveProperty('user_id');
  });

  it('of an answer has its text in replay only; live it went ahead in pieces', () => {
    const answer = messageOf('t', {
      sender: 'ai',
      type: 'ai_response',
      content: 'é👩',
      turnId: 's:1:1',
      modelId: 'echo',
      end: 'interrupted',
      usage: { promptTokens: 2, completionTokens: 3 },
    });
    const metadata = {
      streaming: 'true',
      done: 'true',
      end: 'interrupted',
      interrupted: 'true',
      length: '3',
      prompt_tokens: '2',
      completion_tokens: '3',
      total_tokens: '5',
    };
    const live = {
      ...base,
      type: 'ai_response',
      sender: 'ai',
      message_id: 't',
      turn_id: 's:1:1',
      model_id: 'echo',
      metadata,
    };
    expect(frameOf(answer)).toEqual(live);
    expect(frameOf(answer, true)).toEqual({ ...live, content: 'é👩', index: 0 });
  });

  it.each<[Entry, Record<string, unknown>]>([
    [
      { at: testEpochMs, kind: 'model', modelId: 'm' },
      { type: 'connection_status', model_id: 'm', metadata: { status: 'model_changed' } },
    ],
    [
      { at: testEpochMs, kind: 'help', place: 4 },
      { type: 'connection_status', metadata: { status: 'help_requested', queue_place: '4' } },
    ],
    [
      { at: testEpochMs, kind: 'rename', name: 'n' },
      { type: 'connection_status', metadata: { status: 'renamed', name: 'n' } },
    ],
    [
      { at: testEpochMs, kind: 'end', reason: 'idle' },
      { type: 'connection_status', metadata: { status: 'ended', reason: 'idle' } },
    ],
    [
      { at: testEpochMs, kind: 'floor', holder: root, previous: ai, epoch: 1 },
      { type: 'admin_join', metadata: { admin_id: 'root', admin_name: 'Root' } },
    ],
    [
      { at: testEpochMs, kind: 'floor', holder: ai, previous: root, epoch: 2 },
      { type: 'admin_leave', metadata: { admin_id: 'root', admin_name: 'Root' } },
    ],
    [
      { at: testEpochMs, kind: 'floor', holder: ai, previous: ai, epoch: 3 },
      { type: 'admin_leave', metadata: {} },
    ],
  ])('of %j', (entry, frame) => {
    expect(frameOf(entry)).toEqual({ ...base, sender: 'system', ...frame });
  });

  it('keeps every bound, for entries at their own', () => {
    const text = (maxLength: number) => fc.string({ unit: 'binary', maxLength });
    const message = fc.record({
      sender: fc.constantFrom<MessageEntry['sender']>('user', 'ai', 'admin'),
      type: fc.constantFrom<MessageEntry['type']>('user_message', 'file_upload', 'voice_message', 'ai_response'),
      content: text(500),
      modelId: text(limits.modelId),
      turnId: text(limits.turnId),
      fileId: text(limits.fileId),
      end: fc.constantFrom(
        'complete' as const,
        'length' as const,
        'interrupted' as const,
        'cancelled' as const,
        'failed' as const,
      ),
      metadata: fc.dictionary(text(limits.metadataKey), text(limits.metadataValue), { maxKeys: limits.metadataKeys }),
    });
    fc.assert(
      fc.property(message, fc.boolean(), fc.integer({ min: 1 }), (fields, isReplay, seq) => {
        expect(brokenBounds(frameOfEntry('s', { seq, entry: messageOf('m', fields) }, isReplay))).toEqual([]);
      }),
    );
  });
});

describe('the other frames', () => {
  it('keep every bound, and say what they are', () => {
    const frames = [
      loadingFrame('s', testEpochMs, 's:1:1', 'echo'),
      chunkFrame('s', stamp(testEpochMs), { turnId: 's:1:1', modelId: 'echo', index: 5, text: 'x' }),
      unansweredFrame('s', testEpochMs, 's:1:1', 'failed'),
      ackFrame('s', { seq: 1, entry: messageOf('m') }, 'm'),
      typingFrame('s', testEpochMs, 'user', 'ada'),
    ];
    for (const frame of frames) expect(brokenBounds(frame)).toEqual([]);
    expect(frames.map(({ type }) => type)).toEqual([
      'loading',
      'ai_response',
      'ai_response',
      'message_ack',
      'typing_indicator',
    ]);
    expect(frames[1]).toMatchObject({ content: 'x', index: 5, metadata: { streaming: 'true', done: 'false' } });
    expect(frames[2]).toMatchObject({ metadata: { done: 'true', end: 'failed', length: '0' } });
    expect(unansweredFrame('s', testEpochMs, undefined, 'held')).not.toHaveProperty('turn_id');
  });

  it('are stamped in UTC, each with its own time', () => {
    expect([stamp(0), stamp(1), stamp(1), stamp(0)]).toEqual([
      '1970-01-01T00:00:00.000Z',
      '1970-01-01T00:00:00.001Z',
      '1970-01-01T00:00:00.001Z',
      '1970-01-01T00:00:00.000Z',
    ]);
  });
});
