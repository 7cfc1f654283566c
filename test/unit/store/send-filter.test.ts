// Station: test/unit/store. What the writing thread remembers of sends and heads: never wrong about what is new, and bounded.
import { describe, expect, it } from 'vitest';
import type { Statement } from '../../../src/server/store/sqlite/driver.js';
import { SendFilter } from '../../../src/server/store/sqlite/send-filter.js';
import { WriterMemory } from '../../../src/server/store/sqlite/writer-memory.js';
import { randomOf } from '../../helpers/store-kill.js';

const anyHash = (random: () => number) => Math.floor(random() * 2 ** 32) | 0;

describe('the filter of sends', () => {
  it('holds whatever was added, and when it is full takes one in fifty of the rest for added', () => {
    const filter = new SendFilter();
    const random = randomOf(7);
    const added: [session: number, hash: number][] = [];
    while (!filter.isFull) {
      const send: [number, number] = [1 + Math.floor(random() * 1_000), anyHash(random)];
      filter.add(...send);
      added.push(send);
    }
    expect(added.length).toBeGreaterThan(1_000_000);
    expect(added.every((send) => filter.mayHold(...send))).toBe(true);
    const others = Array.from({ length: 100_000 }, () =>
      filter.mayHold(2_000 + (anyHash(random) & 1_023), anyHash(random)),
    );
    expect(others.filter(Boolean).length).toBeLessThan(2_000);
    filter.clear();
    expect(filter.isFull).toBe(false);
    expect(added.some((send) => filter.mayHold(...send))).toBe(false);
  });

  it('tells the same hash in two sessions apart, and sends that differ in one bit', () => {
    const filter = new SendFilter();
    filter.add(1, 12);
    const near = Array.from({ length: 32 }, (_, bit) => filter.mayHold(1, 12 ^ (1 << bit)));
    const sessions = Array.from({ length: 1_000 }, (_, at) => filter.mayHold(at + 2, 12));
    expect([...near, ...sessions].filter(Boolean)).toEqual([]);
  });
});

describe('the memory of the writing thread', () => {
  const statement: Statement = { run: () => 0, row: () => [1], rows: () => [] };
  const head = () => ({ key: 1, seq: 1, isBehind: false, recentSends: new Set<number>(), isFiltered: true });
  const freshMemory = () => {
    const memory = new WriterMemory({ prepare: () => statement });
    memory.begin();
    return memory;
  };

  it('forgets all heads at the next batch once they are too many, and never within one', () => {
    const memory = freshMemory();
    for (let at = 0; at < 20_000; at += 1) memory.heads.set(`s${at}`, head());
    expect(memory.heads.get('s0')).toBeDefined();
    memory.begin();
    expect(memory.heads.get('s0')).toBeUndefined();
  });

  it('takes no send for recent once all are folded into their index', () => {
    const full: Statement = { ...statement, row: () => [10_000] };
    const memory = new WriterMemory({ prepare: () => full });
    memory.begin();
    const known = { ...head(), recentSends: new Set([1, 2]) };
    memory.heads.set('s', known);
    memory.settle();
    expect(known.recentSends.size).toBe(0);
  });

  it('forgets with a full filter which sessions it held the sends of', () => {
    const memory = freshMemory();
    memory.heads.set('s', head());
    for (let hash = 0; !memory.sends.isFull; hash += 1) memory.sends.add(1, Math.imul(hash, 0x9e3779b1));
    memory.begin();
    expect(memory.heads.get('s')).toBeUndefined();
    expect(memory.sends.isFull).toBe(false);
  });
});
