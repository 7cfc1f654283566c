// Station: door. Frames that wait for a slow reader, in order; chunks of one answer become one frame while they wait. Called by the outbox.
import type { OutboundFrame } from '../../protocol/outbound.js';
import type { SharedFrame, Wire } from '../ports/participant.js';
import { encodeFrame, wireOf } from './wire-frame.js';

/** UTF-16 units up to which chunks are joined: enough to save the overhead, and never a frame that a client chokes on. */
const maxJoinedUnits = 16_384;

interface Held {
  frame: OutboundFrame;
  /** Bytes on the wire; for joined chunks a close estimate. */
  bytes: number;
  /** Null once chunks were joined: the bytes are made when it leaves. */
  wire: Wire | null;
}

/** A queue of frames, measured in bytes. Facts are never dropped. */
export class HeldFrames {
  #items: Held[] = [];
  #first = 0;
  #bytes = 0;

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#first === this.#items.length;
  }

  push(shared: SharedFrame): void {
    const last = this.isEmpty ? undefined : this.#items.at(-1);
    if (last !== undefined && follows(last.frame, shared.frame)) {
      const content = shared.frame.content ?? '';
      const bytes = Buffer.byteLength(content);
      last.frame = { ...last.frame, content: (last.frame.content ?? '') + content };
      last.wire = null;
      last.bytes += bytes;
      this.#bytes += bytes;
      return;
    }
    const wire = wireOf(shared);
    this.#items.push({ frame: shared.frame, bytes: wire.length, wire });
    this.#bytes += wire.length;
  }

  /** Takes the oldest frame's bytes; null when nothing waits. */
  shift(): Wire | null {
    const held = this.#items[this.#first];
    if (held === undefined) return null;
    this.#first += 1;
    this.#bytes -= held.bytes;
    if (this.#first > 64 && this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return held.wire ?? encodeFrame(held.frame);
  }
}

/** Whether `next` is the chunk that comes right after the chunk `last`, in the same answer. */
function follows(last: OutboundFrame, next: OutboundFrame): boolean {
  if (!isChunk(last) || !isChunk(next)) return false;
  if (last.turn_id !== next.turn_id || last.session_id !== next.session_id) return false;
  const length = last.content?.length ?? 0;
  if (next.index !== (last.index ?? 0) + length) return false;
  return length + (next.content?.length ?? 0) <= maxJoinedUnits;
}

function isChunk(frame: OutboundFrame): boolean {
  return (
    frame.type === 'ai_response' &&
    frame.metadata?.done === 'false' &&
    frame.turn_id !== undefined &&
    frame.index !== undefined
  );
}
