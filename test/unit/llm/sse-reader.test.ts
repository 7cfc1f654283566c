// Station: test/unit. The reader of event streams: any cut of the same bytes gives the same events.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSseReader, EventTooLongError, maxEventLength } from '../../../src/server/llm/openai/sse-reader.js';

function read(...packets: readonly (string | Buffer)[]): string[] {
  const events: string[] = [];
  const reader = createSseReader((data) => events.push(data));
  for (const packet of packets) reader.write(Buffer.from(packet as string));
  reader.end();
  return events;
}

describe('the reader of event streams', () => {
  it('gives out the data of each event within the write that ends it', () => {
    const events: string[] = [];
    const reader = createSseReader((data) => events.push(data));
    reader.write(Buffer.from('data: one\n\ndata: tw'));
    expect(events).toEqual(['one']);
    reader.write(Buffer.from('o\n'));
    expect(events).toEqual(['one']);
    reader.write(Buffer.from('\n'));
    expect(events).toEqual(['one', 'two']);
  });

  it.each([
    ['line feeds', 'data: a\n\ndata: b\n\n', ['a', 'b']],
    ['carriage returns and line feeds', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['carriage returns alone', 'data: a\r\rdata: b\r\r', ['a', 'b']],
    ['comments that keep the line awake', ': keep-alive\n\ndata: a\n\n: keep-alive\n\n', ['a']],
    ['no space behind the colon', 'data:a\n\n', ['a']],
    ['one space taken and no more', 'data:  a\n\n', [' a']],
    ['several lines of data', 'data: a\ndata: b\n\n', ['a\nb']],
    ['a data line without a colon', 'data\n\n', ['']],
    ['other fields', 'event: x\nid: 1\nretry: 5\ndatabase: no\ndata: a\n\n', ['a']],
    ['empty lines without data', '\n\n\ndata: a\n\n\n\n', ['a']],
    ['a byte order mark', '\uFEFFdata: a\n\n', ['a']],
    ['a last event without its blank line', 'data: a\n', ['a']],
    ['a last event without its line end', 'data: a', ['a']],
    ['nothing', '', []],
  ])('reads %s', (_name, text, events) => {
    expect(read(text)).toEqual(events);
  });

  it('R13: reads the same events however the bytes are cut, also within characters and line ends', () => {
    const data = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replace(/[\r\n\uFEFF]/g, ''));
    const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
    fc.assert(
      fc.property(fc.array(fc.tuple(data, lineEnd), { maxLength: 8 }), fc.array(fc.nat(400)), (events, cuts) => {
        const bytes = Buffer.from(events.map(([text, end]) => `: c${end}data: ${text}${end}${end}`).join(''));
        const at = [...new Set(cuts.filter((cut) => cut < bytes.length))].sort((a, b) => a - b);
        const packets = [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length));
        expect(read(...packets)).toEqual(events.map(([text]) => text));
      }),
      { numRuns: 300 },
    );
  });

  it('R13: reads a line of 1 MiB that comes in a thousand packets', () => {
    const long = 'x'.repeat(1_048_576);
    const bytes = Buffer.from(`data: ${long}\n\n`);
    const packets: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += 1_024) packets.push(bytes.subarray(at, at + 1_024));
    expect(packets.length).toBeGreaterThan(1_000);
    const [only, ...others] = read(...packets);
    expect(only === long).toBe(true);
    expect(others).toEqual([]);
  });

  it('refuses an event that is longer than its bound, as one line and as many', () => {
    const half = 'x'.repeat(maxEventLength / 2 + 1);
    expect(() => read(`data: ${half}`, half)).toThrow(EventTooLongError);
    expect(() => read(`data: ${half}\ndata: ${half}\n`)).toThrow(EventTooLongError);
  });

  it('lets through what the callback throws', () => {
    const reader = createSseReader(() => {
      throw new RangeError('mine');
    });
    expect(() => reader.write(Buffer.from('data: a\n\n'))).toThrow(RangeError);
  });
});
