// Station: test/ui. Nothing that a server or a person sends moves the cursor, writes the clipboard or turns the reader's eye.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeLine, safeText } from '../../src/cli/ui/safe-text.js';

describe('remote text', () => {
  it.each([
    ['OSC 52 (clipboard), ended by BEL', 'a\u001b]52;c;cm0gLXJmIC8=\u0007b', 'ab'],
    ['OSC 52, ended by ST', 'a\u001b]52;c;cm0gLXJmIC8=\u001b\\b', 'ab'],
    ['OSC 52, 8-bit', 'a\u009d52;c;cm0gLXJmIC8=\u009cb', 'ab'],
    ['OSC 8 (link)', '\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007', 'click'],
    ['OSC 0 (title)', '\u001b]0;root@host\u0007x', 'x'],
    ['CSI colours', '\u001b[31;1mred\u001b[0m', 'red'],
    ['CSI erase and move', 'a\u001b[2J\u001b[1;1Hb\u001b[?1049hc', 'abc'],
    ['CSI, 8-bit', 'a\u009b31mb', 'ab'],
    ['CSI with nothing behind it', 'a\u001b[', 'a'],
    ['DCS', 'a\u001bPq#0;2;0;0;0\u001b\\b', 'ab'],
    ['APC, PM, SOS', '\u001b_x\u001b\\\u001b^y\u001b\\\u001bXz\u001b\\a', 'a'],
    ['reset and charset', 'a\u001bcb\u001b(0c', 'abc'],
    ['a lone escape', 'a\u001b', 'a'],
    ['C1 controls', 'a\u0085\u008d\u009fb', 'ab'],
    ['bell, backspace, delete, NUL', 'a\u0007\b\u007f\u0000b', 'ab'],
    ['bidi overrides and isolates', 'safe\u202etxt.exe\u202c\u2066x\u2069\u061c\u200e\u200f', 'safetxt.exex'],
    ['line and paragraph separators', 'a\u2028b\u2029c', 'abc'],
    ['invisible tags', 'a\u{e0041}\u{e007f}b', 'ab'],
    ['interlinear marks and the byte order mark', 'a\ufff9b\ufffb\ufeffc', 'abc'],
    ['lone surrogates', 'a\ud800b\udc00', 'ab'],
  ])('loses %s', (_, hostile, safe) => {
    expect(safeText(hostile)).toBe(safe);
  });

  it('keeps what people write: line breaks, accents, emoji with joiners, scripts from right to left', () => {
    const text = 'é 你好\n👨‍👩‍👧 👍🏽 مرحبا שלום ภาษา';
    expect(safeText(text)).toBe(text);
    expect(safeText('a\r\nb\rc\td')).toBe('a\nb\nc    d');
  });

  it('does not lose what stands behind a sequence that never ends', () => {
    expect(safeText('before \u001b]52;c;AAAA after')).toBe('before 52;c;AAAA after');
    expect(safeText('a\u009dhidden?')).toBe('ahidden?');
  });

  it('on one line has no line break', () => {
    expect(safeLine('  a\n\n b\u001b[2Kc \r\n')).toBe('a bc');
  });

  it('of any kind has no control character left, also when what is removed joins its neighbours', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\u001b', '[', ']', '\u009b', '\u009d', '\\', '\u0007', '31m', '\u202e', '\ud83d'),
    );
    const left = /(?!\n)[\p{Cc}\p{Surrogate}\u202a-\u202e\u2066-\u2069]/u;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const safe = safeText(pieces.join(''));
        return !left.test(safe) && safeText(safe) === safe;
      }),
    );
  });

  it('of great length and bad will is made safe in time that grows with its length', () => {
    for (const seed of ['\u009d', '\u001b]', '\u001b[', '\u0090', '\u001b', '\u001bPa']) {
      const startedAt = performance.now();
      expect(safeText(seed.repeat(100_000))).not.toMatch(/[\u001b\u0080-\u009f]/);
      expect(performance.now() - startedAt).toBeLessThan(2_000);
    }
  });
});
