// Station: chat. One turn from asking the model to the stored answer, on the replica that owns it. Called by turns; talks to sockets through the bus only.
import { fullJitter } from '../../common/backoff.js';
import { type Deferred, deferred } from '../../common/deferred.js';
import { errorFrame } from '../../protocol/error-frame.js';
import { WireError } from '../../protocol/errors.js';
import { LlmError, type LlmErrorKind, type LlmMessage, type LlmProvider } from '../ports/llm.js';
import { type AnswerEnd, StoreError, type Turn, type TurnOutcome, type Usage } from '../ports/store.js';
import { AnswerWriter } from './answer-writer.js';
import { asidesFor } from './asides.js';
import type { ChatContext } from './context.js';
import { llmFailure, toWireError } from './failures.js';
import { stamp } from './frames.js';
import { estimateTokens, historyWindow } from './history-window.js';
import type { Listener } from './listener.js';
import type { LiveSession } from './live-session.js';
import type { RunningTurn, StopReason } from './running-turn.js';
import { turnPrefix } from './turn-key.js';

/** Writes how the turn ended into the log and goes on with the session; may reject with StoreError, and is then tried again. */
export type EndTurn = (ended: Turn | null, error: WireError | null, askers: readonly Listener[]) => Promise<void>;

const retryBounds = { baseMs: 100, capMs: 5_000 };
const maxRetries = 60;

/** A turn that runs here. It never rejects: whatever happens, the turn ends and the session goes on. */
export class TurnRun implements RunningTurn {
  readonly turnId: string;
  readonly done: Promise<void>;
  readonly #turn: Turn;
  readonly #session: LiveSession;
  readonly #provider: LlmProvider;
  readonly #context: ChatContext;
  readonly #askers: readonly Listener[];
  readonly #endTurn: EndTurn;
  readonly #abort = new AbortController();
  readonly #finished: Deferred<void> = deferred();
  #stopped: StopReason | null = null;
  #isLost = false;
  /** Whether the provider was asked: what failed before that is no failure of its. */
  #isAsked = false;

  constructor(turn: Turn, session: LiveSession, provider: LlmProvider, context: ChatContext, endTurn: EndTurn) {
    this.turnId = turn.id;
    this.#turn = turn;
    this.#session = session;
    this.#provider = provider;
    this.#context = context;
    this.#endTurn = endTurn;
    this.#askers = session.takeAskers();
    this.done = this.#finished.promise;
  }

  /** Asks the model and sees the turn through to its end. */
  async start(): Promise<void> {
    const writer = new AnswerWriter(this.#turn, this.#session, this.#context, () => this.#lost());
    try {
      const outcome = await this.#ask(writer);
      writer.stop();
      if (!this.#isLost) await this.#finish(outcome.outcome, outcome.error);
    } catch (error) {
      this.#context.log.error('turn_failed', { turn: this.turnId }, error);
    } finally {
      writer.stop();
      this.#finished.resolve();
    }
  }

  stop(reason: StopReason): void {
    this.#stopped ??= reason;
    this.#abort.abort();
  }

  /** Another replica ended the turn: it is theirs. */
  #lost(): void {
    this.#isLost = true;
    this.stop('interrupted');
  }

  async #ask(writer: AnswerWriter): Promise<{ outcome: TurnOutcome; error: WireError | null }> {
    const { clock, meter, slots, settings, store } = this.#context;
    const turn = this.#turn;
    const provider = this.#provider.name;
    let askedAt = clock.monotonic();
    let messages: readonly LlmMessage[] = [];
    let isSlotTaken = false;
    try {
      const log = await this.#session.log.recent.upTo(turn.throughSeq, this.#session.id, store);
      const asides = await asidesFor(this.#session, this.#context);
      messages = historyWindow(log, {
        systemPrompt: settings.systemPrompt,
        budgetTokens: settings.historyTokens,
        ...(asides.length === 0 ? {} : { asides }),
        ...(turn.attempt > 1 ? { retryOf: turnPrefix(turn.sessionId, turn.promptSeq) } : {}),
      });
      await slots.take(this.#abort.signal);
      isSlotTaken = true;
      askedAt = clock.monotonic();
      this.#isAsked = true;
      writer.asked();
      meter.llmAsked(provider);
      const completion = await this.#provider.ask(
        { modelId: turn.modelId, messages },
        (piece) => {
          if (writer.isEmpty) meter.llmFirstToken(provider, (clock.monotonic() - askedAt) / 1_000);
          if (!writer.write(piece)) this.#abort.abort();
        },
        this.#abort.signal,
      );
      if (writer.isEmpty) throw new LlmError('empty', 'the model ended well without a word');
      const usage = completion.usage ?? estimate(messages, writer.text);
      const seconds = (clock.monotonic() - askedAt) / 1_000;
      meter.llmAnswered(provider, seconds, usage.promptTokens + usage.completionTokens);
      const end = completion.finish === 'length' || writer.isFull ? 'length' : 'complete';
      return { outcome: this.#outcome('complete', end, writer, usage, askedAt, null), error: null };
    } catch (error) {
      return this.#failed(error, writer, askedAt, messages);
    } finally {
      if (isSlotTaken) slots.free();
    }
  }

  #failed(
    error: unknown,
    writer: AnswerWriter,
    askedAt: number,
    messages: readonly LlmMessage[],
  ): { outcome: TurnOutcome; error: WireError | null } {
    const usage = writer.isEmpty ? null : estimate(messages, writer.text);
    if (writer.isFull)
      return { outcome: this.#outcome('complete', 'length', writer, usage, askedAt, null), error: null };
    if (this.#stopped !== null) {
      return {
        outcome: this.#outcome(this.#stopped, this.#stopped, writer, usage, askedAt, this.#stopped),
        error: null,
      };
    }
    const kind: LlmErrorKind | null = error instanceof LlmError ? error.kind : null;
    this.#report(kind ?? 'internal', error);
    const state = writer.isEmpty ? 'failed' : 'interrupted';
    const wire = error instanceof LlmError ? llmFailure(error.kind, withTurn(error, this.turnId)) : toWireError(error);
    return { outcome: this.#outcome(state, state, writer, usage, askedAt, kind ?? wire.code), error: wire };
  }

  #report(kind: LlmErrorKind | 'internal', error: unknown): void {
    const { log, meter } = this.#context;
    const facts = { turn: this.turnId, provider: this.#provider.name, kind };
    if (this.#isAsked) {
      meter.llmFailed(this.#provider.name, kind);
      log.warn('model_call_failed', facts, error);
    } else if (error instanceof WireError) log.info('model_not_asked', { turn: this.turnId, code: error.code });
    else log.warn('model_not_asked', facts, error);
  }

  #outcome(
    state: TurnOutcome['state'],
    end: AnswerEnd,
    writer: AnswerWriter,
    usage: Usage | null,
    askedAt: number,
    failure: string | null,
  ): TurnOutcome {
    const elapsedMs = Math.round(this.#context.clock.monotonic() - askedAt);
    return { state, end, text: writer.text, usage, elapsedMs, failure, settled: writer.isEmpty };
  }

  /** Ends the turn once, then appends its answer; tried until the store takes it (finding H7), and the asker is told at the first failure. */
  async #finish(outcome: TurnOutcome, error: WireError | null): Promise<void> {
    const { store, settings } = this.#context;
    let wasTold = false;
    for (let attempt = 0; attempt < maxRetries; attempt += 1) {
      try {
        const guard = { owner: settings.replicaId, epoch: this.#turn.epoch };
        const ended = (await store.endTurn(this.turnId, guard, outcome)) ?? (await store.turn(this.turnId));
        await this.#endTurn(ended, error, this.#askers);
        return;
      } catch (failure) {
        if (!(failure instanceof StoreError)) throw failure;
        this.#context.log.error('answer_not_stored', { turn: this.turnId, attempt }, failure);
        if (!wasTold) this.#tellAskers(toWireError(failure));
        wasTold = true;
        if (failure.kind === 'closed' || this.#context.isDraining) return;
        await this.#pause(attempt);
      }
    }
  }

  #tellAskers(error: WireError): void {
    const frame = errorFrame(error, stamp(this.#context.clock.now()), this.#session.id);
    for (const seat of this.#askers) if (!seat.participant.isClosed) seat.tell({ ...frame, turn_id: this.turnId });
  }

  #pause(attempt: number): Promise<void> {
    const { clock, random } = this.#context;
    return new Promise((resolve) =>
      clock.after(retryBounds.baseMs + fullJitter(attempt, retryBounds, random), resolve),
    );
  }
}

function withTurn(error: LlmError, turnId: string): { turnId: string; retryAfterMs?: number } {
  return error.retryAfterMs === undefined ? { turnId } : { turnId, retryAfterMs: error.retryAfterMs };
}

/** Where the provider does not say what it used. */
function estimate(messages: readonly LlmMessage[], answer: string): Usage {
  const promptTokens = messages.reduce((sum, { content }) => sum + estimateTokens(content), 0);
  return { promptTokens, completionTokens: estimateTokens(answer) };
}
