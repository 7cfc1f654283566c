// Station: test/unit. The reading of `/echo` directives; and that the page about them says what the parser does.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { llmFields } from '../../../src/server/config/fields/llm-fields.js';
import { readDirective } from '../../../src/server/llm/echo/directive.js';
import { piecesOf } from '../../../src/server/llm/echo/echo-answer.js';
import { echoBounds, echoOptions } from '../../../src/server/llm/echo/echo-options.js';
import { plainScript } from '../../../src/server/llm/echo/echo-script.js';

const page = readFileSync(new URL('../../../docs/echo-model.md', import.meta.url), 'utf8');
const read = (message: string) => readDirective(message, plainScript);

describe('a message to the echo model', () => {
  it.each(['hello', '/echoes', ' /echo', '/ECHO', '', 'say /echo cut'])('%j holds no directive', (message) => {
    expect(read(message)).toEqual({ kind: 'plain' });
  });

  it.each([
    ['/echo', ''],
    ['/echo hello there', 'hello there'],
    ['/echo\ndelay=5ms\n  two lines\n', '  two lines\n'],
    ['/echo delay=5ms hello delay=7ms', 'hello delay=7ms'],
    ['/echo -- cut the cake', 'cut the cake'],
    ['/echo A=b c', 'A=b c'],
    ['/echo https://example.org/?a=b', 'https://example.org/?a=b'],
  ])('%j says %j', (message, text) => {
    expect(read(message)).toMatchObject({ kind: 'scripted', text });
  });

  it('lets the last of two options count', () => {
    expect(read('/echo delay=5ms delay=7ms words=3 recite')).toMatchObject({
      script: { delayMs: 7, content: { kind: 'recite' } },
    });
  });

  it.each([
    ['/echo speed=5', 'There is no option "speed".'],
    ['/echo cut=1', 'The option "cut" takes no value.'],
    ['/echo delay=5', 'The option "delay" takes a duration'],
    ['/echo delay=2000h', 'The option "delay" takes a duration'],
    ['/echo delay=61m', 'The option "delay" takes a duration'],
    ['/echo first=x', 'The option "first" takes a duration'],
    ['/echo words=0', 'The option "words" takes a number'],
    ['/echo words=200001', 'The option "words" takes a number'],
    ['/echo words=1e3', 'The option "words" takes a number'],
    ['/echo chars=2000001', 'The option "chars" takes a number'],
    ['/echo chunk=0', 'The option "chunk" takes a number'],
    ['/echo split=-1', 'The option "split" takes a number'],
    ['/echo after=many', 'The option "after" takes a number'],
    ['/echo jitter=101%', 'The option "jitter" takes a percentage'],
    ['/echo jitter=5', 'The option "jitter" takes a percentage'],
    ['/echo fail=badly', 'The option "fail" takes `connect`'],
    ['/echo retry_after=', 'The option "retry_after" takes a duration'],
    ['/echo stall=never', 'The option "stall" takes a duration or `forever`'],
    ['/echo finish=well', 'The option "finish" takes `stop`'],
    ['/echo usage=1', 'The option "usage" takes `none`'],
    ['/echo usage=1/2/3', 'The option "usage" takes `none`'],
    ['/echo usage=a/b', 'The option "usage" takes `none`'],
  ])('%j is a mistake', (message, problem) => {
    expect(read(message)).toMatchObject({ kind: 'mistaken', problem: expect.stringContaining(problem) });
  });

  it('may hold anything, and is read all the same', () => {
    const word = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc
        .tuple(fc.constantFrom(...echoOptions.map(({ name }) => name)), fc.string({ maxLength: 8 }))
        .map((p) => p.join('=')),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        expect(['scripted', 'mistaken']).toContain(read(`/echo ${words.join(' ')}`).kind);
      }),
    );
  });
});

describe('the pieces of an answer', () => {
  it('joined are the answer, in every unit and size', () => {
    const unit = fc.constantFrom('words' as const, 'chars' as const, 'units' as const);
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        unit,
        fc.integer({ min: 1, max: 9 }),
        (text, by, size) => {
          const pieces = [...piecesOf(text, { unit: by, size })];
          expect(pieces.join('')).toBe(text);
          expect(pieces).not.toContain('');
          // Half of a pair would come back from UTF-8 as another character.
          if (by !== 'units') expect(pieces.map((piece) => Buffer.from(piece).toString())).toEqual(pieces);
        },
      ),
    );
  });
});

describe('the page about the echo model', () => {
  it('names the speeds that the configuration has by default', () => {
    const { firstDelayMs, delayMs } = llmFields.echo;
    expect(page.replaceAll('\n', ' ')).toContain(
      `With \`--dev\` the first word comes after ${firstDelayMs.fallback.dev} ms and each further one ${delayMs.fallback.dev} ms later`,
    );
    expect([firstDelayMs.fallback.production, delayMs.fallback.production]).toEqual([0, 0]);
  });

  it('lists every option as the parser has it, in its order, and no other', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows).toEqual(echoOptions.map(({ name, form, meaning }) => `| \`${name}\` | ${form ?? ''} | ${meaning} |`));
  });

  it('names the bounds that the parser has', () => {
    expect(page).toContain(`at most ${echoBounds.words.toLocaleString('en')} words`);
    expect(page).toContain(`at most ${echoBounds.chars.toLocaleString('en')} characters`);
  });

  it('shows directives that work', () => {
    const shown = page.split('\n').flatMap((line) => /^ {4}(\/echo .*)$/.exec(line)?.[1] ?? []);
    expect(shown.length).toBeGreaterThan(2);
    for (const message of shown) expect([message, read(message).kind]).toEqual([message, 'scripted']);
  });
});
