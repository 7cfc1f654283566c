// Station: dispatch. A frame becomes one handler call, and whatever is thrown one error frame (finding M10). Made by app; called by door/connection.
import type { Clock } from '../../common/clock.js';
import { closeCodes } from '../../protocol/close-codes.js';
import { errorFrame } from '../../protocol/error-frame.js';
import { WireError } from '../../protocol/errors.js';
import type { InboundType } from '../../protocol/inbound.js';
import { limits } from '../../protocol/limits.js';
import { isAllowed } from '../auth/policy.js';
import type { AttachRequest, ChatSockets } from '../chat/api.js';
import { toWireError } from '../chat/failures.js';
import { SharedFrame } from '../ports/participant.js';
import type { Log, Meter } from '../ports/telemetry.js';
import type { Dispatcher, FrameSource } from './api.js';
import { type RawFrame, readFrame } from './decode.js';
import { createHandlers } from './handlers.js';
import { createFrameLimiter, type FrameLimits } from './rate-limit.js';
import { WorkDeadline } from './work-deadline.js';

/** What the dispatcher needs. */
export interface DispatcherDeps {
  readonly chat: ChatSockets;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** What replays a log takes as long as its socket reads. */
const paced: ReadonlySet<InboundType> = new Set(['resume', 'admin_join', 'admin_watch']);

/** Makes the dispatcher. */
export function createDispatcher(settings: FrameLimits, { chat, clock, log, meter }: DispatcherDeps): Dispatcher {
  const handlers = createHandlers(chat, clock);
  const deadline = new WorkDeadline<FrameSource, RawFrame>(clock, log, {
    done: (source) => source.frameDone(),
    failed: refused,
  });
  const limiter = createFrameLimiter(settings, (blocked) => meter.rateLimited(blocked));

  /** The one place where an error becomes a frame: to the socket that caused it and to no other (finding R22). */
  function fail(source: FrameSource, error: unknown, raw?: RawFrame): WireError {
    const wire = toWireError(error);
    meter.frameFailed(wire.code);
    if (wire.code === 'SERVICE_ERROR' && wire.cause !== undefined)
      log.error('frame_failed', { type: raw?.type }, error);
    else if (wire.code === 'DATABASE_ERROR') log.warn('frame_failed', { type: raw?.type, code: wire.code }, error);
    const messageId = wire.messageId ?? idOf(raw);
    const frame = errorFrame(
      wire,
      new Date(clock.now()).toISOString(),
      chat.sessionIdOf(source, raw?.fields.session_id),
    );
    source.send(new SharedFrame(messageId === undefined ? frame : { ...frame, message_id: messageId }));
    return wire;
  }

  /** Ends a frame with an error frame, and with the socket where that error is its end. `raw` is what was read of it. */
  function refused(source: FrameSource, raw: RawFrame | undefined, error: unknown): void {
    let fault: unknown;
    try {
      const wire = fail(source, raw === undefined ? error : limiter.explain(error, raw.type), raw);
      if (!wire.recoverable) source.close(closeCodes.policy, wire.code);
    } catch (cause) {
      fault = cause;
    }
    source.frameDone(fault);
  }

  function handle(source: FrameSource, raw: RawFrame): void {
    try {
      if (paced.has(raw.type)) {
        handlers[raw.type](source, raw.fields).then(
          () => source.frameDone(),
          (error) => refused(source, raw, error),
        );
      } else {
        deadline.admit(source);
        deadline.watch(source, raw, handlers[raw.type](source, raw.fields));
      }
    } catch (error) {
      refused(source, raw, error);
    }
  }

  /** Handles a frame once the rate limit lets it pass. */
  function take(source: FrameSource, raw: RawFrame): void {
    const point = limiter.take(raw.type, source.user.id);
    if (point === undefined) handle(source, raw);
    else
      point.then(
        () => handle(source, raw),
        (error) => refused(source, raw, error),
      );
  }

  return {
    async opened(source: FrameSource, ask: AttachRequest) {
      try {
        await chat.attach(source, ask);
      } catch (error) {
        // Without a session there is nothing that the socket could go on with: it comes back later.
        const wire = toWireError(error);
        fail(source, new WireError(wire.code, wire.message, { recoverable: false, cause: error, ...retryOf(wire) }));
        source.close(closeCodes.overloaded, 'try again later');
      }
    },
    frame(source: FrameSource, bytes: Buffer) {
      meter.frameReceived();
      let raw: RawFrame | undefined;
      try {
        raw = readFrame(bytes);
        checkSender(source, raw);
      } catch (error) {
        refused(source, raw, error);
        return;
      }
      take(source, raw);
    },
    closed(source: FrameSource) {
      // What is late may still attach it: it leaves after that, as it would after the frame in flight.
      deadline.whenDone(source, () => chat.detach(source));
    },
  };
}

/** @throws WireError INSUFFICIENT_PERMISSIONS */
function checkSender({ user }: FrameSource, { type }: RawFrame): void {
  if (!isAllowed(user, type)) throw new WireError('INSUFFICIENT_PERMISSIONS', `Only an admin may send "${type}".`);
}

function retryOf(wire: WireError): { retryAfterMs?: number } {
  return wire.retryAfterMs === undefined ? {} : { retryAfterMs: wire.retryAfterMs };
}

/** The client's own id of the send that failed, so that it can tell which one. */
function idOf(raw: RawFrame | undefined): string | undefined {
  const id = raw?.fields.message_id;
  return typeof id === 'string' && id !== '' && id.length <= limits.messageId ? id : undefined;
}
