// What the MongoDB adapter does when the driver leaves a command without an answer, as it does when a connection breaks in the moment of a write.
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../src/server/ports/store.js';
import { bounded, callDeadlineMs, createCalls } from '../../../src/server/store/mongodb/calls.js';
import type { Database } from '../../../src/server/store/mongodb/database.js';
import { entryDocument } from '../../../src/server/store/mongodb/entry-document.js';
import { EntryWriter } from '../../../src/server/store/mongodb/entry-writer.js';
import { KnownHeads } from '../../../src/server/store/mongodb/known-heads.js';
import { createFakeClock } from '../../helpers/fake-clock.js';
import { eventually } from '../../helpers/poll.js';
import { messageOf } from '../../helpers/store-fixtures.js';

const never = () => new Promise<never>(() => undefined);

describe('a command that is never answered', () => {
  it('ends its call at the deadline: a write as of unknown outcome, a read as unavailable', async () => {
    const clock = createFakeClock();
    const calls = createCalls(clock, undefined);
    const outcomes = Promise.allSettled([calls.run('append', 'write', never), calls.run('session', 'read', never)]);
    await clock.advanceAsync(callDeadlineMs);
    expect(await outcomes).toMatchObject([
      { status: 'rejected', reason: { kind: 'unknown_outcome' } },
      { status: 'rejected', reason: { kind: 'unavailable' } },
    ]);
    expect(clock.pending).toBe(0);
  });

  it('leaves no timer behind work that is done in time', async () => {
    const clock = createFakeClock();
    expect(await bounded(clock, 10, Promise.resolve('done'), () => new StoreError('busy', 'late'))).toBe('done');
    expect(clock.pending).toBe(0);
  });

  it('keeps no place among the commands under way for ever: entries are written again after it', async () => {
    const clock = createFakeClock();
    let isAnswering = false;
    let commands = 0;
    const messages = {
      insertMany: () => {
        commands += 1;
        return isAnswering ? Promise.resolve({}) : never();
      },
    };
    const sessions = { find: () => ({ toArray: async () => [{ _id: 's' }] }) };
    const writer = new EntryWriter({ messages, sessions } as unknown as Database, new KnownHeads(), clock);
    const write = (seq: number) => writer.write(entryDocument('s', seq, messageOf(`m${seq}`), 'w'));
    for (let seq = 1; seq <= 4; seq += 1) {
      void write(seq);
      await eventually(() => commands === seq);
    }
    const fifth = write(5);
    await clock.advanceAsync(callDeadlineMs - 1);
    expect(commands).toBe(4);
    isAnswering = true;
    await clock.advanceAsync(1);
    expect(await fifth).toBe('appended');
  });
});
