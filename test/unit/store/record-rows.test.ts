// An entry put anew: its JSON with another envelope in it, which must be the JSON of the new entry, whatever the entry holds.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Entry, Sealed, StoredRecord } from '../../../src/server/ports/store.js';
import { changeValues, toRecord } from '../../../src/server/store/sqlite/record-rows.js';

/** Texts that look like the part of the JSON that is looked for. */
const tricky = fc.constantFrom(
  '","sealed":"a',
  '"sealed":"a"',
  '{"sealed":"a"}',
  '\\',
  '\\"sealed":"a',
  'a","at":1',
  '"',
  '',
);
const text = fc.oneof(fc.string({ unit: 'binary' }), tricky, fc.constantFrom('a', 'cbx1:k1:AAAA', 'half \ud800'));

const sealedMessage = fc.record(
  {
    at: fc.nat(),
    kind: fc.constant('message' as const),
    sender: fc.constantFrom('user' as const, 'ai' as const),
    type: fc.constant('user_message' as const),
    messageId: text,
    authorId: text,
    sealed: text,
    modelId: text,
    usage: fc.record({ promptTokens: fc.nat(), completionTokens: fc.nat() }),
  },
  { requiredKeys: ['at', 'kind', 'sender', 'type', 'messageId', 'authorId', 'sealed'] },
);
const holder = fc.record({ kind: fc.constant('admin' as const), id: text, name: fc.record({ sealed: text }) });
const other: fc.Arbitrary<Entry<Sealed>> = fc.oneof(
  fc.record({ at: fc.nat(), kind: fc.constant('rename' as const), name: fc.record({ sealed: text }) }),
  fc.record({ at: fc.nat(), kind: fc.constant('floor' as const), holder, previous: holder, epoch: fc.nat() }),
);

function changed(from: Entry<Sealed>, to: Entry<Sealed>) {
  const body = JSON.stringify(from);
  const record = toRecord<Sealed>('entry', [7, 'ann-1', 3, body]);
  if (record.kind !== 'entry') throw new Error('no entry');
  const anew: StoredRecord<Sealed> = { kind: 'entry', sessionId: 'ann-1', log: { seq: 3, entry: to } };
  return { body, values: changeValues({ from: record, to: anew }) };
}

it('is the JSON of the new entry, and is compared with what was read', () => {
  fc.assert(
    fc.property(sealedMessage, text, (from, sealed) => {
      const to = { ...from, sealed };
      const { body, values } = changed(from, to);
      expect(values).toEqual(['row', 7, body, JSON.stringify(to)]);
    }),
    { numRuns: 2_000 },
  );
});

it('is the JSON of the new entry where more than the envelope differs, and of entries of other kinds', () => {
  const entry = fc.oneof(sealedMessage, other);
  fc.assert(
    fc.property(entry, entry, (from, to) => {
      const { body, values } = changed(from, to);
      expect(values).toEqual(['row', 7, body, JSON.stringify(to)]);
    }),
    { numRuns: 1_000 },
  );
});
