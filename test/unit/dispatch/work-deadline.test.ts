// What a sender is told while the store hangs in the middle of the work on a frame, and what becomes of that work.
import { describe, expect, it } from 'vitest';
import { type Deferred, deferred } from '../../../src/common/deferred.js';
import { createDispatcher } from '../../../src/server/dispatch/dispatcher.js';
import { maxLate, patienceMs, workDeadlineMs } from '../../../src/server/dispatch/work-deadline.js';
import { StoreError } from '../../../src/server/ports/store.js';
import { recordingLog } from '../../helpers/app.js';
import { createFakeClock } from '../../helpers/fake-clock.js';
import { createFakeMeter } from '../../helpers/fake-meter.js';
import { dispatched, fakeSource, scriptedChat } from '../../helpers/fake-source.js';

/** A core whose `say` settles when the test says so. */
function made() {
  const says: Deferred<void>[] = [];
  const chat = {
    ...scriptedChat(),
    say: () => {
      const said = deferred<void>();
      says.push(said);
      return said.promise;
    },
  };
  const clock = createFakeClock();
  const log = recordingLog();
  const limits = { messagesPerMinute: 1_000, actionsPerMinute: 1_000 };
  const dispatcher = createDispatcher(limits, { chat, clock, log, meter: createFakeMeter() });
  const source = fakeSource();
  const send = (frame: object) => dispatched(dispatcher, source, Buffer.from(JSON.stringify(frame)));
  const say = (id: string) => send({ type: 'user_message', content: 'hello', message_id: id });
  return { chat, clock, log, dispatcher, source, says, send, say };
}

describe('R28: work on a frame that waits for the store', () => {
  it('is answered within 5 s, once, whatever becomes of it later', async () => {
    const { clock, log, source, says, say } = made();
    const handled = say('m');
    await clock.advanceAsync(workDeadlineMs - 1);
    expect(source.frames).toEqual([]);
    await clock.advanceAsync(1);
    await handled;
    const error = { code: 'DATABASE_ERROR', recoverable: true, retry_after: 2_000 };
    expect(source.frames).toMatchObject([{ type: 'error', message_id: 'm', error }]);
    expect(workDeadlineMs).toBeLessThan(5_000);
    says[0]?.reject(new StoreError('unavailable', 'SECRET'));
    await clock.advanceAsync(60_000);
    expect(source.frames).toHaveLength(1);
    expect(log.lines.map(({ event }) => event)).toEqual(['frame_failed', 'late_frame_failed']);
  });

  it('keeps nobody behind it waiting: what needs no store is done, the rest is told at once', async () => {
    const { clock, source, say, send } = made();
    const first = say('m1');
    await clock.advanceAsync(workDeadlineMs);
    await first;
    await send({ type: 'ping' });
    const second = say('m2');
    await clock.advanceAsync(patienceMs);
    await second;
    expect(source.frames.map(({ type, message_id }) => [type, message_id])).toEqual([
      ['error', 'm1'],
      ['pong', undefined],
      ['error', 'm2'],
    ]);
  });

  it('is waited for again once the store is back', async () => {
    const { clock, source, says, say } = made();
    const first = say('m1');
    await clock.advanceAsync(workDeadlineMs);
    await first;
    says[0]?.resolve();
    await clock.advanceAsync(0);
    const second = say('m2');
    await clock.advanceAsync(workDeadlineMs - 1);
    says[1]?.resolve();
    await second;
    expect(source.frames).toHaveLength(1);
    // One timer serves all, and ends by itself once nothing is worked on.
    await clock.advanceAsync(workDeadlineMs);
    expect(clock.pending).toBe(0);
    expect(source.frames).toHaveLength(1);
  });

  it('has one timer for all that is worked on, and gives up each in its time', async () => {
    const { clock, dispatcher, says } = made();
    const sources = [fakeSource(), fakeSource(), fakeSource()];
    const handled: Promise<void>[] = [];
    for (const [at, source] of sources.entries()) {
      handled.push(
        dispatched(
          dispatcher,
          source,
          Buffer.from(JSON.stringify({ type: 'user_message', content: 'x', message_id: `m${at}` })),
        ),
      );
      await clock.advanceAsync(1_000);
    }
    expect(clock.pending).toBe(1);
    says[1]?.resolve();
    await clock.advanceAsync(workDeadlineMs - 3_000);
    expect(sources.map(({ frames }) => frames.length)).toEqual([1, 0, 0]);
    await clock.advanceAsync(1_999);
    expect(sources.map(({ frames }) => frames.length)).toEqual([1, 0, 0]);
    await clock.advanceAsync(1);
    expect(sources.map(({ frames }) => frames.length)).toEqual([1, 0, 1]);
    await Promise.all(handled);
    expect(clock.pending).toBe(0);
  });

  it(`R11: is no more than ${maxLate} frames of a socket`, async () => {
    const { clock, source, says, say } = made();
    for (let at = 0; at < maxLate + 3; at += 1) {
      const handled = say(`m${at}`);
      await clock.advanceAsync(workDeadlineMs);
      await handled;
    }
    expect(says).toHaveLength(maxLate);
    expect(source.frames).toHaveLength(maxLate + 3);
  });

  it('leaves with its socket only after it is done, so that it cannot seat one that is gone', async () => {
    const { chat, clock, dispatcher, source, says, say } = made();
    const handled = say('m');
    await clock.advanceAsync(workDeadlineMs);
    await handled;
    dispatcher.closed(source);
    expect(chat.calls).toEqual([]);
    says[0]?.resolve();
    await clock.advanceAsync(0);
    expect(chat.calls).toEqual([['detach']]);
  });

  it('may take as long as its socket reads where it replays a log', async () => {
    const { chat, clock, source, send } = made();
    const resumed = deferred<void>();
    chat.resume = () => resumed.promise;
    const handled = send({ type: 'resume', session_id: 's', metadata: { last_seq: '1' } });
    await clock.advanceAsync(60_000);
    resumed.resolve();
    await handled;
    expect(source.frames).toEqual([]);
  });
});
