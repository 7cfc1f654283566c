// The doorbell within one process.
import { describe, expect, it } from 'vitest';
import { createLocalBus } from '../../../src/server/bus/local-bus.js';
import type { SessionEvent } from '../../../src/server/ports/bus.js';

const event = (turnId: string): SessionEvent => ({ kind: 'cancel', turnId });

function made() {
  const errors: unknown[] = [];
  const bus = createLocalBus((error) => errors.push(error));
  const heard: string[] = [];
  const hear = (who: string) => (told: SessionEvent) =>
    void heard.push(`${who} ${'turnId' in told ? told.turnId : ''}`);
  return { bus, errors, heard, hear };
}

/** After what the microtasks that are queued now do. */
const rung = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the local bus', () => {
  it('never calls a handler inside publish, and keeps the order over all sessions and handlers', async () => {
    const { bus, heard, hear } = made();
    bus.subscribe('s', hear('a'));
    bus.subscribe('s', hear('b'));
    bus.subscribe('t', hear('c'));
    bus.publish('s', event('1'));
    bus.publish('t', event('2'));
    bus.publish('s', event('3'));
    expect(heard).toEqual([]);
    await rung();
    expect(heard).toEqual(['a 1', 'b 1', 'c 2', 'a 3', 'b 3']);
  });

  it('rings what a handler publishes after what was published before it', async () => {
    const { bus, heard, hear } = made();
    bus.subscribe('s', (told) => {
      if ('turnId' in told && told.turnId === '1') bus.publish('s', event('3'));
    });
    bus.subscribe('s', hear('a'));
    bus.publish('s', event('1'));
    bus.publish('s', event('2'));
    await rung();
    expect(heard).toEqual(['a 1', 'a 2', 'a 3']);
  });

  it('a handler that throws keeps nobody else from hearing', async () => {
    const { bus, errors, heard, hear } = made();
    const failure = new Error('broken');
    bus.subscribe('s', () => {
      throw failure;
    });
    bus.subscribe('s', hear('a'));
    bus.publish('s', event('1'));
    bus.publish('s', event('2'));
    await rung();
    expect(heard).toEqual(['a 1', 'a 2']);
    expect(errors).toEqual([failure, failure]);
  });

  it('a handler may come or go while its session rings', async () => {
    const { bus, heard, hear } = made();
    const leaveB = { now: () => {} };
    const leaveA = bus.subscribe('s', (told) => {
      hear('a')(told);
      leaveA();
      leaveB.now();
      bus.subscribe('s', hear('c'));
    });
    leaveB.now = bus.subscribe('s', hear('b'));
    bus.publish('s', event('1'));
    bus.publish('s', event('2'));
    await rung();
    // Who was there when the first ring began hears it; the second is for who is there then.
    expect(heard).toEqual(['a 1', 'b 1', 'c 2']);
  });

  it('forgets whoever left, once and for good', async () => {
    const { bus, heard, hear } = made();
    const leave = bus.subscribe('s', hear('a'));
    bus.subscribe('s', hear('b'));
    bus.publish('s', event('1'));
    leave();
    leave();
    await rung();
    expect(heard).toEqual(['b 1']);
  });

  it('what is published to nobody is gone: who comes later reads the log', async () => {
    const { bus, heard, hear } = made();
    bus.publish('s', event('1'));
    bus.subscribe('s', hear('a'));
    await rung();
    expect(heard).toEqual([]);
  });

  it('rings nobody once it is closed', async () => {
    const { bus, heard, hear } = made();
    bus.subscribe('s', hear('a'));
    bus.publish('s', event('1'));
    await bus.close();
    bus.publish('s', event('2'));
    await rung();
    expect(heard).toEqual([]);
  });
});
