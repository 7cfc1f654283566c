// JSON that a person may look at: nothing in it moves a cursor or turns the eye, and a program reads the same value.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonLine } from '../../../src/cli/output/json-line.js';

it('holds no control and no mark of direction', () => {
  const hostile = 'a\u009b31m\u0090q\u009c\u202eevil\u2066\u200f\ufeff\u{e0041}\u001b]52;c;x\u0007\u007f';
  const text = jsonLine({ hostile });
  expect(text).toMatch(/^[\u0020-\u007e]*$/);
  expect(JSON.parse(text)).toEqual({ hostile });
});

it('is for a program what JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      expect(JSON.parse(jsonLine(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

it('leaves what people write as it is', () => {
  expect(jsonLine('naïve ☕ 日本 😀')).toBe('"naïve ☕ 日本 😀"');
});
