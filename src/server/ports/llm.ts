// Station: ports. A language model that answers in pieces. Called by chat's turns; implemented by llm/*.
import type { Usage } from './store.js';

/** One message as the model sees it. */
export interface LlmMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
  /** Who said it, where that is not the role (a human colleague). */
  readonly name?: string;
}

/** What to ask. */
export interface LlmRequest {
  readonly modelId: string;
  readonly messages: readonly LlmMessage[];
  /** For the provider's own abuse handling; an opaque hash, not the user id. */
  readonly endUser?: string;
}

/** How the provider said it ended. A stream that ends without saying so rejects with `cut` (finding R24). */
export interface Completion {
  readonly finish: 'stop' | 'length' | 'filtered';
  readonly usage: Usage | null;
}

/**
 * Why a model call failed. `retryable` says whether the same question may succeed later.
 * connect: no connection in time; first_token, idle, total: a watchdog (finding R12); cut: broke off; rate_limited; auth: key refused; rejected: the
 * request itself was refused; too_long: over the model's context; unavailable: 5xx or a broken reply; empty: ended well with no text; aborted: our signal.
 */
export type LlmErrorKind =
  | 'connect'
  | 'first_token'
  | 'idle'
  | 'total'
  | 'cut'
  | 'rate_limited'
  | 'auth'
  | 'rejected'
  | 'too_long'
  | 'unavailable'
  | 'empty'
  | 'aborted';

/** The one error that leaves a provider. Its message holds no upstream text and no key; `cause` may, and is never logged whole. */
export class LlmError extends Error {
  override readonly name = 'LlmError';
  readonly kind: LlmErrorKind;
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: LlmErrorKind,
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterMs?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A provider of one or more models. */
export interface LlmProvider {
  /** Its name in metrics and logs. */
  readonly name: string;
  /** In the configured order. */
  readonly models: readonly { readonly id: string; readonly name: string }[];
  /**
   * Asks once (no retry inside: a question is paid once). Calls `onText` for each piece, in order, never after it settled or the signal fired; never
   * with an empty piece. Aborting closes the upstream request. Rejects with LlmError and nothing else. Never waits for whoever reads.
   */
  ask(request: LlmRequest, onText: (piece: string) => void, signal: AbortSignal): Promise<Completion>;
  /** Whether it can be reached, as far as its last calls tell; asks nothing that costs. */
  health(): { readonly ok: boolean; readonly reason?: string };
  close(): Promise<void>;
}
