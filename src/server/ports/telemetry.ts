// Station: ports. What happened, for logs and metrics. Called by chat, door and adapters; implemented by ops.

/** Facts of a log line: never message text, tokens, keys or URLs with a query. */
export type LogFacts = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** A structured logger. Errors go in as `error`; only their name, kind, message and stack are written. */
export interface Log {
  debug(event: string, facts?: LogFacts): void;
  info(event: string, facts?: LogFacts): void;
  warn(event: string, facts?: LogFacts & { readonly error?: never }, error?: unknown): void;
  error(event: string, facts?: LogFacts, error?: unknown): void;
}

/** Counters and timings, by the names of PROTOCOL.md. All calls are cheap and never throw. */
export interface Meter {
  socketOpened(): void;
  socketClosed(seconds: number): void;
  frameReceived(): void;
  framesSent(count: number): void;
  frameFailed(code: string): void;
  sessionCreated(): void;
  sessionEnded(): void;
  llmAsked(provider: string): void;
  llmAnswered(provider: string, seconds: number, tokens: number): void;
  llmFailed(provider: string, kind: string): void;
  llmFirstToken(provider: string, seconds: number): void;
  storeOperation(operation: string, seconds: number): void;
  /** A stored value that does not open: sealed with a key that nobody has here, or damaged. */
  valueUnreadable(reason: string): void;
  rateLimited(limiter: string): void;
  resumed(): void;
  slowConsumerClosed(): void;
  sessionTakenOver(): void;
  adminMessageDropped(): void;
  httpRequest(endpoint: string, method: string, seconds: number): void;
}
