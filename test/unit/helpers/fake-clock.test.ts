// Station: test. The clock that other tests own.
import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../helpers/fake-clock.js';

describe('the fake clock', () => {
  it('fires timers in order of their time, then in the order in which they were set', () => {
    const clock = createFakeClock();
    const fired: string[] = [];
    clock.after(20, () => fired.push('late'));
    clock.after(10, () => fired.push('first'));
    clock.after(10, () => fired.push('second'));
    clock.advance(9);
    expect(fired).toEqual([]);
    clock.advance(11);
    expect(fired).toEqual(['first', 'second', 'late']);
    expect(clock.pending).toBe(0);
  });

  it('shows a timer the moment at which it fires, and fires what that sets if it falls due', () => {
    const clock = createFakeClock(1_000);
    const seen: number[] = [];
    clock.after(10, () => {
      seen.push(clock.now());
      clock.after(5, () => seen.push(clock.monotonic()));
    });
    clock.advance(100);
    expect(seen).toEqual([1_010, 15]);
    expect(clock.now()).toBe(1_100);
  });

  it('never fires what was cancelled', () => {
    const clock = createFakeClock();
    let fired = 0;
    const timer = clock.after(10, () => {
      fired += 1;
    });
    timer.cancel();
    timer.cancel();
    clock.advance(100);
    expect(fired).toBe(0);
  });

  it('lets promise callbacks run between timers when it is advanced asynchronously', async () => {
    const clock = createFakeClock();
    const rounds: number[] = [];
    const loop = async (): Promise<void> => {
      while (rounds.length < 3) {
        await new Promise<void>((resolve) => clock.after(10, resolve));
        rounds.push(clock.monotonic());
      }
    };
    const done = loop();
    await clock.advanceAsync(30);
    await done;
    expect(rounds).toEqual([10, 20, 30]);
  });
});
