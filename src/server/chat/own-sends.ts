// Station: chat. Sends whose entry is on its way back through the bus: their sockets get an ack in place of the echo. Called by live-session.
import type { Listener } from './listener.js';

/** A send that was made from a socket here. */
export interface OwnSend {
  readonly messageId: string;
  readonly seat: Listener;
  /** False for an older client, which gives no id and waits for no ack. */
  readonly wantsAck: boolean;
}

const none: readonly OwnSend[] = [];

/** The sends of one session that wait for their entry. Bounded: a socket sends one message after another, and each entry is heard or read. */
export class OwnSends {
  #waiting: readonly OwnSend[] = none;

  /** The entry with this message id is that seat's own. */
  add(send: OwnSend): void {
    this.#waiting = this.#waiting.length === 0 ? [send] : [...this.#waiting, send];
  }

  /** Undoes `add`, when nothing was appended. Another device's wait for the same id is left alone. */
  forget(messageId: string, seat: Listener): void {
    this.#waiting = this.#waiting.filter((own) => own.messageId !== messageId || own.seat !== seat);
  }

  /** Takes the sends whose entry arrived: none, one, or more when the same send came again before its entry was heard. */
  take(messageId: string): readonly OwnSend[] {
    const waiting = this.#waiting;
    if (waiting.length === 1 && waiting[0]?.messageId === messageId) {
      this.#waiting = none;
      return waiting;
    }
    const own = waiting.filter((each) => each.messageId === messageId);
    if (own.length === 0) return none;
    this.#waiting = this.#waiting.filter((each) => each.messageId !== messageId);
    return own;
  }
}

/** Whether one of these sends came from that socket. */
export function isAmong(seat: Listener, sends: readonly OwnSend[]): boolean {
  for (const own of sends) if (own.seat === seat) return true;
  return false;
}
