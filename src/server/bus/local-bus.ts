// Station: bus. The doorbell within one process. Called through ports/bus.
import type { Bus, SessionEvent } from '../ports/bus.js';

type Handler = (event: SessionEvent) => void;

/** A microtask by way of a settled promise costs a third of `queueMicrotask`, which keeps an async context for each. */
const settled = Promise.resolve();

/** A bus for a single replica: events reach every handler in the publisher's order, never inside `publish`. `onError` hears what a handler threw. */
export function createLocalBus(onError: (error: unknown) => void): Bus {
  // Lists are replaced, never changed, so that a handler may come or go while its event is handed out.
  const handlers = new Map<string, readonly Handler[]>();
  let waiting: { sessionId: string; event: SessionEvent }[] = [];
  let isScheduled = false;

  function ring(): void {
    isScheduled = false;
    const events = waiting;
    waiting = [];
    for (const { sessionId, event } of events) {
      for (const handler of handlers.get(sessionId) ?? []) {
        try {
          handler(event);
        } catch (error) {
          onError(error);
        }
      }
    }
  }

  return {
    kind: 'local',
    publish(sessionId, event) {
      if (!handlers.has(sessionId)) return;
      waiting.push({ sessionId, event });
      if (isScheduled) return;
      isScheduled = true;
      void settled.then(ring);
    },
    subscribe(sessionId, handler) {
      handlers.set(sessionId, [...(handlers.get(sessionId) ?? []), handler]);
      return () => {
        const left = (handlers.get(sessionId) ?? []).filter((each) => each !== handler);
        if (left.length === 0) handlers.delete(sessionId);
        else handlers.set(sessionId, left);
      };
    },
    async close() {
      handlers.clear();
      waiting = [];
    },
  } satisfies Bus;
}
