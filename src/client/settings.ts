// Station: client. Waits and bounds of the client, with their defaults. Called by chat-client; tests and the load generator give their own.

/** How long the client waits, in milliseconds, and how much it keeps. */
export interface ClientSettings {
  /** From asking for a token to the first frame. */
  readonly connectTimeoutMs: number;
  /** One HTTP request: a page of history, or why an upgrade was refused. */
  readonly requestTimeoutMs: number;
  /** From `send` to its ack, over all reconnects. */
  readonly sendDeadlineMs: number;
  /** A ping goes out after this long without a frame from the server. */
  readonly pingAfterMs: number;
  /** The link is dead when nothing came this long after a ping. */
  readonly pongWithinMs: number;
  /** An asked-for `resume` that brings nothing in this time is given up, and the socket with it. */
  readonly resumeTimeoutMs: number;
  /** Backoff between attempts: full jitter over base * 2^attempt, at most cap. */
  readonly backoffBaseMs: number;
  readonly backoffCapMs: number;
  /** No hint of a server makes the client wait longer than this. */
  readonly maxHintMs: number;
  /** A link that lived this long starts the backoff anew. */
  readonly stableAfterMs: number;
  /** `typing` frames go out at most once in this time; the other side's is shown for twice as long. */
  readonly typingEveryMs: number;
  /** Sends that wait for their ack. */
  readonly maxPending: number;
  /** Messages and notices kept; older ones are dropped and can be read again over HTTP (`history`). A full timeline loads no older ones. */
  readonly maxTimeline: number;
  /** Alerts and ended turns kept. */
  readonly maxAlerts: number;
}

/** Messages and notices that the screen of a takeover keeps of each session: so many are benched (`npm run bench -- screen`). */
export const deskTimeline = 12_000;

/** What holds where nothing else is said. */
export const defaultSettings: ClientSettings = {
  connectTimeoutMs: 10_000,
  requestTimeoutMs: 10_000,
  sendDeadlineMs: 60_000,
  pingAfterMs: 25_000,
  pongWithinMs: 10_000,
  resumeTimeoutMs: 10_000,
  backoffBaseMs: 500,
  backoffCapMs: 30_000,
  maxHintMs: 300_000,
  stableAfterMs: 10_000,
  typingEveryMs: 3_000,
  maxPending: 100,
  maxTimeline: 2_000,
  maxAlerts: 20,
};
