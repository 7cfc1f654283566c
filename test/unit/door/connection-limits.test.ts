// Station: test. Caps on sockets, and slots that come back exactly once.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectionLimits, Slot } from '../../../src/server/door/connection-limits.js';

const roomy = { perUser: 100, perAddress: 100, total: 100 };

describe('connection limits', () => {
  it('refuse the user over their cap, and no other', () => {
    const limits = new ConnectionLimits<string>({ ...roomy, perUser: 2 });
    limits.take('ada', 'a');
    limits.take('ada', 'b');
    expect(limits.isFull('ada')).toBe(true);
    expect(limits.take('ada', 'c')).toBe('user');
    expect(limits.take('bob', 'c')).toBeInstanceOf(Slot);
  });

  it('refuse an address over its cap, and everyone over the total', () => {
    const limits = new ConnectionLimits<string>({ perUser: 100, perAddress: 2, total: 3 });
    limits.take('a', 'x');
    limits.take('b', 'x');
    expect(limits.reachedFor('x')).toBe('address');
    expect(limits.take('c', 'x')).toBe('address');
    limits.take('c', 'y');
    expect(limits.take('d', 'z')).toBe('total');
    expect(limits.total).toBe(3);
  });

  it('R21: give a slot back once, however often it is freed', () => {
    const limits = new ConnectionLimits<string>({ ...roomy, perUser: 1 });
    const slot = limits.take('ada', 'x');
    if (typeof slot === 'string') throw new Error(slot);
    slot.free();
    slot.free();
    expect(limits.total).toBe(0);
    expect(limits.reachedFor('x')).toBeNull();
    limits.take('ada', 'x');
    slot.free();
    expect(limits.total).toBe(1);
    expect(limits.isFull('ada')).toBe(true);
  });

  it('name the open sockets of a user', () => {
    const limits = new ConnectionLimits<string>(roomy);
    const one = limits.take('ada', 'x');
    const two = limits.take('ada', 'x');
    limits.take('ada', 'x');
    if (typeof one === 'string' || typeof two === 'string') throw new Error('refused');
    one.holder = 'first';
    two.holder = 'second';
    expect(limits.holders('ada')).toEqual(['first', 'second']);
    one.free();
    expect(limits.holders('ada')).toEqual(['second']);
    expect(limits.holders('bob')).toEqual([]);
  });

  it('R21: count right through any order of taking and freeing', () => {
    const step = fc.record({ user: fc.nat(3), address: fc.nat(2), frees: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const caps = { perUser: 4, perAddress: 6, total: 9 };
        const limits = new ConnectionLimits<string>(caps);
        const held: Slot<string>[] = [];
        for (const { user, address, frees } of steps) {
          const slot = limits.take(`u${user}`, `a${address}`);
          if (typeof slot !== 'string') held.push(slot);
          if (frees < 5) held.splice(frees % Math.max(1, held.length), 1)[0]?.free();
          expect(limits.total).toBe(held.length);
          for (let u = 0; u < 4; u += 1) {
            const own = held.filter((entry) => entry.userId === `u${u}`).length;
            expect(own).toBeLessThanOrEqual(caps.perUser);
            expect(limits.isFull(`u${u}`)).toBe(own === caps.perUser);
          }
        }
        for (const slot of held) slot.free();
        expect(limits.total).toBe(0);
        for (let a = 0; a < 3; a += 1) expect(limits.reachedFor(`a${a}`)).toBeNull();
      }),
      { numRuns: 200 },
    );
  });
});
