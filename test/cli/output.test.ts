import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createOutput } from '../../src/cli/output/output.js';
import { oneLine, shapeOf, table } from '../../src/cli/output/table.js';
import { describeMoment, describeSpan } from '../../src/cli/token/time-text.js';
import { nearest } from '../../src/common/nearest.js';

const plain = { json: false, quiet: false, debug: false };

describe('output', () => {
  it('waits for a reader that is slow', async () => {
    const stdout = new PassThrough({ highWaterMark: 10 });
    const output = createOutput({ stdout, stderr: new PassThrough() }, plain);
    let isWritten = false;
    const written = output.data('x'.repeat(100)).then(() => {
      isWritten = true;
    });
    await Promise.resolve();
    expect(isWritten).toBe(false);
    stdout.resume();
    await written;
    expect(isWritten).toBe(true);
  });

  it('stops waiting for a reader that goes away, and writes nothing after', async () => {
    const stdout = new PassThrough({ highWaterMark: 10 });
    const output = createOutput({ stdout, stderr: new PassThrough() }, plain);
    const written = output.data('x'.repeat(100));
    stdout.destroy();
    await written;
    await output.data('more');
    await output.result({}, () => 'more');
    expect(stdout.destroyed).toBe(true);
  });

  it('ends each piece with one line break', async () => {
    const parts: string[] = [];
    const stdout = new Writable({
      write(chunk, _, done) {
        parts.push(String(chunk));
        done();
      },
    });
    const output = createOutput({ stdout, stderr: stdout }, plain);
    await output.data('a');
    await output.data('b\n');
    await output.data('');
    output.talk('c\n');
    expect(parts).toEqual(['a\n', 'b\n', 'c\n']);
  });
});

describe('a table', () => {
  const rows = [
    ['a', 'bb', 'last column'],
    ['aaaa', '', 'x'],
  ];

  it('lines its columns up', () => {
    expect(table(['ONE', 'TWO', 'THREE'], rows, { columns: null })).toBe(
      'ONE   TWO  THREE\na     bb   last column\naaaa       x\n',
    );
  });

  it('cuts its last column at the edge of a terminal, by characters and not by halves of them', () => {
    expect(table(['A', 'B'], [['1', '😀'.repeat(20)]], { columns: 13 })).toBe(`A  B\n1  ${'😀'.repeat(9)}…\n`);
    expect(shapeOf({ isTTY: true, columns: 70 })).toEqual({ columns: 70 });
    expect(shapeOf({ isTTY: true })).toEqual({ columns: 80 });
    expect(shapeOf({ columns: 70 })).toEqual({ columns: null });
  });

  it('lets nothing through that moves the cursor or turns the line around', () => {
    expect(oneLine('a\u001b[31mb\u0007c\u202ed\ne\tf')).toBe('a\\u{1b}[31mb\\u{7}c\\u{202e}d\\ne f');
  });
});

describe('spans of time', () => {
  it.each([
    [0, 'less than a second'],
    [1_000, '1 second'],
    [59_999, '59 seconds'],
    [60_000, '1 minute'],
    [7_200_000, '2 hours'],
    [86_400_000 * 30, '30 days'],
  ])('%i ms is %s', (ms, text) => {
    expect(describeSpan(ms)).toBe(text);
    expect(describeMoment(ms, 0)).toBe(`in ${text}`);
    expect(describeMoment(0, ms + 1_000)).toBe(`${describeSpan(ms + 1_000)} ago`);
  });
});

describe('the nearest word', () => {
  it.each([
    ['serv', 'serve'],
    ['sevre', 'serve'],
    ['SERVE', 'serve'],
    ['chst', 'chat'],
    ['tokne', 'token'],
    ['zzzzz', null],
    ['', null],
    ['x'.repeat(101), null],
  ])('to %j is %j', (word, meant) => {
    expect(nearest(word, ['serve', 'chat', 'token'])).toBe(meant);
  });
});
