// Station: bus. The doorbell within one process. Called through ports/bus.
import type { Bus, SessionEvent } from '../ports/bus.js';

type Handler = (event: SessionEvent) => void;

/** Who hears of a session. The list is replaced, never changed, so that a handler may come or go while its event is handed out. */
interface Channel {
  readonly sessionId: string;
  handlers: readonly Handler[];
}

/** A microtask by way of a settled promise costs a third of `queueMicrotask`, which keeps an async context for each. */
const settled = Promise.resolve();

/** A bus for a single replica: events reach every handler in the publisher's order, never inside `publish`. `onError` hears what a handler threw. */
export function createLocalBus(onError: (error: unknown) => void): Bus {
  const channels = new Map<string, Channel>();
  let waiting: { channel: Channel; event: SessionEvent }[] = [];
  let isScheduled = false;

  function ring(): void {
    isScheduled = false;
    const events = waiting;
    waiting = [];
    for (const { channel, event } of events) {
      // Everybody may have left, and others come, since the event was published.
      const { handlers } = channel.handlers.length > 0 ? channel : (channels.get(channel.sessionId) ?? channel);
      for (const handler of handlers) {
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
      const channel = channels.get(sessionId);
      if (channel === undefined) return;
      waiting.push({ channel, event });
      if (isScheduled) return;
      isScheduled = true;
      void settled.then(ring);
    },
    subscribe(sessionId, handler) {
      const channel = channels.get(sessionId) ?? { sessionId, handlers: [] };
      channels.set(sessionId, channel);
      channel.handlers = [...channel.handlers, handler];
      return () => {
        channel.handlers = channel.handlers.filter((each) => each !== handler);
        if (channel.handlers.length === 0 && channels.get(sessionId) === channel) channels.delete(sessionId);
      };
    },
    async close() {
      channels.clear();
      waiting = [];
    },
  } satisfies Bus;
}
