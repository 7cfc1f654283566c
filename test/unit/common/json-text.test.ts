// A text as JSON, and what is built on it and must never change: the places that sealed values are bound to.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonText } from '../../../src/common/json-text.js';
import {
  asidePlace,
  entryPlace,
  sessionPlace,
  turnPlace,
  wordsPlace,
} from '../../../src/server/store/encryption/places.js';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom('"', '\\', '\ud800', '\udc00x', '😀', '\u0000', '\u001f', '\u007f', '\u2028', ''),
);

it('is what JSON.stringify gives', () => {
  fc.assert(
    fc.property(text, (given) => {
      expect(jsonText(given)).toBe(JSON.stringify(given));
    }),
    { numRuns: 2_000 },
  );
});

it('keeps the places of sealed values as they were: JSON of collection, session, message and field', () => {
  fc.assert(
    fc.property(text, text, (session, id) => {
      expect(wordsPlace(session, 'user', id)).toBe(JSON.stringify(['messages', session, `user:${id}`, 'words']));
      expect(entryPlace(session, 7, 'holder')).toBe(JSON.stringify(['messages', session, '#7', 'holder']));
      expect(sessionPlace(session, 'floor')).toBe(JSON.stringify(['sessions', session, '', 'floor']));
      expect(asidePlace(session, id)).toBe(JSON.stringify(['asides', session, id, 'text']));
      expect(turnPlace(id)).toBe(JSON.stringify(['turns', id, '', 'text']));
    }),
  );
});
