// Station: llm. Deadlines around any provider (finding R12). Called by adapters, around each provider; connecting is the provider's own deadline.
import type { Clock, Timer } from '../../common/clock.js';
import { type Completion, LlmError, type LlmProvider, type LlmRequest } from '../ports/llm.js';
import { createRecentCalls } from './recent-calls.js';

/** How long a provider may keep us waiting, in milliseconds. */
export interface WatchdogLimits {
  /** From asking to the first piece. */
  readonly firstTokenMs: number;
  /** From one piece to the next, or to the end. */
  readonly idleMs: number;
  /** From asking to the end. */
  readonly totalMs: number;
}

/**
 * The same provider, cut when it keeps us waiting: the inner signal fires and `ask` rejects with `first_token`, `idle` or `total`, and with `aborted`
 * when the caller's signal fires, also where the provider ignores its signal. After it settled `onText` is not called. What the provider throws that is
 * no LlmError becomes `unavailable`.
 */
export function withWatchdogs(provider: LlmProvider, limits: WatchdogLimits, clock: Clock): LlmProvider {
  const calls = createRecentCalls(clock);
  return {
    name: provider.name,
    models: provider.models,
    async ask(request, onText, signal) {
      try {
        const completion = await new WatchedAsk(limits, clock, onText, signal).run(provider, request);
        calls.succeeded();
        return completion;
      } catch (error) {
        if (error instanceof LlmError) calls.failed(error.kind);
        throw error;
      }
    },
    health() {
      const inner = provider.health();
      // A stalled provider only ever sees its calls aborted, so what it stalled is remembered here.
      return inner.ok ? calls.health() : inner;
    },
    close: () => provider.close(),
  } satisfies LlmProvider;
}

/** One question under watch. A piece costs one reading of the clock: one timer is set at a time, and re-armed for the rest when it fires early. */
class WatchedAsk {
  readonly #limits: WatchdogLimits;
  readonly #clock: Clock;
  readonly #onText: (piece: string) => void;
  readonly #outer: AbortSignal;
  readonly #inner = new AbortController();
  readonly #startedAt: number;
  #lastPieceAt: number | null = null;
  #isSettled = false;
  #timer: Timer | null = null;
  #reject: (error: LlmError) => void = () => undefined;

  constructor(limits: WatchdogLimits, clock: Clock, onText: (piece: string) => void, outer: AbortSignal) {
    this.#limits = limits;
    this.#clock = clock;
    this.#onText = onText;
    this.#outer = outer;
    this.#startedAt = clock.monotonic();
  }

  run(provider: LlmProvider, request: LlmRequest): Promise<Completion> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      if (this.#outer.aborted) {
        this.#cut(aborted());
        return;
      }
      this.#outer.addEventListener('abort', this.#onOuterAbort);
      this.#watch();
      ask(provider, request, this.#onPiece, this.#inner.signal).then(
        (completion) => {
          if (this.#settle()) resolve(completion);
        },
        (error: unknown) => {
          if (this.#settle()) reject(asLlmError(error));
        },
      );
    });
  }

  readonly #onOuterAbort = (): void => this.#cut(aborted());

  readonly #onPiece = (piece: string): void => {
    if (this.#isSettled || piece === '') return;
    const isFirst = this.#lastPieceAt === null;
    this.#lastPieceAt = this.#clock.monotonic();
    // The timer that is set waits for the first piece, which may be longer than the pause that is now allowed.
    if (isFirst) {
      this.#timer?.cancel();
      this.#watch();
      if (this.#isSettled) return;
    }
    this.#onText(piece);
  };

  readonly #watch = (): void => {
    if (this.#isSettled) return;
    const now = this.#clock.monotonic();
    const late = this.#lateness(now);
    if (late.dueAt <= now) {
      this.#cut(late.error());
      return;
    }
    this.#timer = this.#clock.after(Math.ceil(late.dueAt - now), this.#watch);
  };

  /** The deadline that comes first, and what to say when it has passed. */
  #lateness(now: number): { readonly dueAt: number; readonly error: () => LlmError } {
    const totalAt = this.#startedAt + this.#limits.totalMs;
    const pieceAt =
      this.#lastPieceAt === null
        ? this.#startedAt + this.#limits.firstTokenMs
        : this.#lastPieceAt + this.#limits.idleMs;
    if (totalAt <= pieceAt || totalAt <= now) {
      return { dueAt: totalAt, error: () => tooSlow('total', 'did not finish its answer', this.#limits.totalMs) };
    }
    return this.#lastPieceAt === null
      ? { dueAt: pieceAt, error: () => tooSlow('first_token', 'did not begin to answer', this.#limits.firstTokenMs) }
      : { dueAt: pieceAt, error: () => tooSlow('idle', 'stopped in the middle of its answer', this.#limits.idleMs) };
  }

  #cut(error: LlmError): void {
    if (!this.#settle()) return;
    this.#reject(error);
    this.#inner.abort();
  }

  #settle(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    this.#timer?.cancel();
    this.#outer.removeEventListener('abort', this.#onOuterAbort);
    return true;
  }
}

/** Turns a provider that throws before it gives a promise into one that rejects. */
async function ask(
  provider: LlmProvider,
  request: LlmRequest,
  onText: (piece: string) => void,
  signal: AbortSignal,
): Promise<Completion> {
  return provider.ask(request, onText, signal);
}

function tooSlow(kind: 'first_token' | 'idle' | 'total', what: string, limitMs: number): LlmError {
  return new LlmError(kind, `The model ${what} within ${limitMs / 1000} s.`);
}

function aborted(): LlmError {
  return new LlmError('aborted', 'The question to the model was withdrawn.');
}

function asLlmError(error: unknown): LlmError {
  if (error instanceof LlmError) return error;
  // Only its name: a foreign error's text may quote the upstream.
  const name = error instanceof Error ? error.name : typeof error;
  return new LlmError('unavailable', 'The model provider failed in a way that it does not explain.', {
    cause: { name },
  });
}
