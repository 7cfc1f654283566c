// Station: chat. When a turn starts, who runs it, and what follows its end. Called by sends, live sessions' events and the sweeps.
import { errorFrame } from '../../protocol/error-frame.js';
import { WireError } from '../../protocol/errors.js';
import type { Entry, LogEntry, Projection, Turn, TurnOutcome } from '../ports/store.js';
import type { ChatContext } from './context.js';
import { stamp } from './frames.js';
import type { Listener } from './listener.js';
import type { LiveSession } from './live-session.js';
import { turnIdOf } from './turn-key.js';
import { TurnRun } from './turn-run.js';

const scanLimit = 500;
/** Turns that other replicas made and ended while one was to be made here; after as many a sweep tries again. */
const maxAttempts = 10;

/** Starts, ends and repeats turns of live sessions. */
export class Turns {
  readonly #context: ChatContext;

  constructor(context: ChatContext) {
    this.#context = context;
  }

  /** The model for a session's next turn: what was asked for, else the session's, else the first; one that is no longer configured falls back (finding R2). */
  modelFor(head: Projection, asked?: string): string {
    const { models } = this.#context;
    if (asked !== undefined) return asked;
    if (head.modelId !== null && models.providerOf(head.modelId) !== undefined) return head.modelId;
    return models.models[0]?.id ?? '';
  }

  /**
   * The turn to be made with a user message at `seq`, or undefined when none is to start now: an answer is being written (the message waits), a person
   * holds the floor. While draining it is made pending, for the next replica.
   */
  withMessage(session: LiveSession, head: Projection, seq: number, modelId: string): Turn | undefined {
    if (head.floor.kind !== 'ai' || session.isAnswering || session.waiting.first !== null) return undefined;
    return this.#turn(session, seq, 1, seq, modelId);
  }

  /** Runs a turn that this replica owns. Its end starts the next one, if anything waits. */
  start(session: LiveSession, turn: Turn): void {
    if (turn.state !== 'running') {
      // Made while draining: the next replica claims it, and it answers whatever is said until then.
      session.waiting.add(turn.promptSeq);
      return;
    }
    const provider = this.#context.models.providerOf(turn.modelId);
    if (provider === undefined) {
      this.#context.log.error('turn_without_provider', { turn: turn.id, model: turn.modelId });
      return;
    }
    session.waiting.takeUp(turn.throughSeq);
    const run = new TurnRun(turn, session, provider, this.#context, (ended, error, askers) =>
      this.#ended(session, ended, error, askers),
    );
    session.run = run;
    run
      .start()
      .then(() => this.#left(session, run))
      .catch((error: unknown) => this.#context.log.error('turn_lost', { turn: turn.id }, error));
  }

  /** Asks again for the last message that was not answered to its end. Call it inside the session's queue. */
  async retry(session: LiveSession, asker: Listener): Promise<void> {
    if (session.isAnswering) throw isBeingWritten();
    const head = session.projection;
    if (head.floor.kind !== 'ai')
      throw new WireError('SESSION_HELD', 'A person holds this conversation; the model is silent meanwhile.');
    const last = await this.#context.store.latestTurn(session.id);
    if (last?.state === 'running' || last?.state === 'pending') throw isBeingWritten();
    if (last === null || last.state === 'complete') {
      throw new WireError('NOT_FOUND', 'There is no unanswered message to ask again for.');
    }
    const turn = this.#turn(session, last.promptSeq, last.attempt + 1, session.log.head, this.modelFor(head));
    if ((await this.#context.store.createTurn(turn)) === 'taken') {
      throw new WireError('INVALID_FORMAT', 'This message is being asked for again already.');
    }
    session.asks(asker);
    this.start(session, turn);
  }

  /** Starts the turn of what waits, if nothing runs. Call it inside the session's queue. */
  async next(session: LiveSession): Promise<void> {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const { first } = session.waiting;
      if (first === null || session.isAnswering || session.isEnded || session.isGone) return;
      const head = session.projection;
      if (head.floor.kind !== 'ai') return;
      const turn = this.#turn(session, first, 1, session.log.head, this.modelFor(head));
      if ((await this.#context.store.createTurn(turn)) === 'created') {
        this.start(session, turn);
        return;
      }
      // Another replica was first, or its turn has not ended. What that was not shown still waits: for its end, or for another turn.
      const last = await this.#context.store.latestTurn(session.id);
      if (last === null || last.state === 'pending') return;
      this.#learn(session, last);
    }
  }

  /**
   * Looks at what the last turn of a session left that was just opened: an answer that runs elsewhere, messages that no turn has taken up.
   * Call it inside the session's queue.
   */
  async opened(session: LiveSession): Promise<void> {
    const head = session.projection;
    if (head.seq === 0 || session.run !== null) return;
    const last = await this.#context.store.latestTurn(session.id);
    if (last !== null) this.#learn(session, last);
    if (head.waitingSeq === null || head.floor.kind !== 'ai' || session.isEnded) return;
    const after = Math.max(head.waitingSeq - 1, last?.throughSeq ?? 0);
    if (after >= head.seq) return;
    const log = await this.#context.store.entries(session.id, { after, limit: scanLimit, messagesOnly: true });
    for (const said of log) if (asksModel(said)) session.waiting.add(said.seq);
    await this.next(session);
  }

  /** A turn that another replica made: it answers all that it was shown, and while it runs no other is begun. */
  #learn(session: LiveSession, turn: Turn): void {
    session.waiting.takeUp(turn.throughSeq);
    if (turn.state === 'running') session.follow(turn);
  }

  /**
   * Takes over a turn that a dead replica left: a pending one is run, a running one is ended as interrupted, an ended one gets its answer into the log.
   * Call it inside the session's queue.
   */
  async recover(session: LiveSession, left: Turn, lapsedBefore: number): Promise<void> {
    const { store } = this.#context;
    if (session.run?.turnId === left.id) return;
    if (left.state === 'pending') {
      await this.#claim(session, left, lapsedBefore);
      return;
    }
    const ended = left.state === 'running' ? await store.endTurn(left.id, { lapsedBefore }, interrupted(left)) : left;
    // Its owner renewed the lease meanwhile, or another replica was quicker.
    if (ended === null) return;
    session.endedTurnId = left.id;
    await this.#end(session, ended, null, []);
    await this.next(session);
  }

  /** Ends a turn that another replica runs, which did not hear that it was cancelled. What was checkpointed of it is kept. */
  async cancelElsewhere(session: LiveSession, running: Turn): Promise<void> {
    const { clock, settings, store } = this.#context;
    if (running.owner === null || running.owner === settings.replicaId) return;
    const { epoch, owner } = running;
    const outcome = { ...interrupted(running), state: 'cancelled', end: 'cancelled', failure: 'cancelled' } as const;
    const elapsedMs = Math.max(0, clock.now() - running.startedAt);
    const ended = await store.endTurn(running.id, { owner, epoch }, { ...outcome, elapsedMs });
    if (ended === null) return;
    session.endedTurnId = running.id;
    await this.#end(session, ended, null, []);
    await this.next(session);
  }

  /** Runs a pending turn, unless what it asks was answered meanwhile or is not to be answered any more. */
  async #claim(session: LiveSession, left: Turn, lapsedBefore: number): Promise<void> {
    const { clock, isDraining, models, settings, store } = this.#context;
    if (isDraining || session.isAnswering) return;
    const head = session.projection;
    const isAnswered = left.attempt === 1 && (head.waitingSeq === null || head.waitingSeq > left.promptSeq);
    if (session.isEnded || head.floor.kind !== 'ai' || isAnswered) {
      await this.#end(session, await store.endTurn(left.id, { lapsedBefore }, interrupted(left)), null, []);
      return;
    }
    const claimed = await store.claimTurn(left.id, {
      owner: settings.replicaId,
      leaseUntil: clock.now() + settings.turnLeaseMs,
      startedAt: clock.now(),
      throughSeq: session.log.head,
      modelId: this.modelFor(head, models.providerOf(left.modelId) && left.modelId),
    });
    if (claimed !== null) this.start(session, claimed);
  }

  #turn(session: LiveSession, promptSeq: number, attempt: number, throughSeq: number, modelId: string): Turn {
    const { clock, isDraining, settings } = this.#context;
    const now = clock.now();
    return {
      id: turnIdOf(session.id, promptSeq, attempt),
      sessionId: session.id,
      promptSeq,
      attempt,
      throughSeq,
      state: isDraining ? 'pending' : 'running',
      owner: isDraining ? null : settings.replicaId,
      epoch: 1,
      leaseUntil: isDraining ? 0 : now + settings.turnLeaseMs,
      modelId,
      startedAt: now,
      text: '',
      usage: null,
      end: null,
      elapsedMs: 0,
      failure: null,
      settled: false,
    };
  }

  #ended(
    session: LiveSession,
    ended: Turn | null,
    error: WireError | null,
    askers: readonly Listener[],
  ): Promise<void> {
    return session.queue.run(() => this.#end(session, ended, error, askers));
  }

  /** Appends the answer of an ended turn, once, under the key of the turn; tells the sockets where there is none. */
  async #end(
    session: LiveSession,
    turn: Turn | null,
    error: WireError | null,
    askers: readonly Listener[],
  ): Promise<void> {
    if (turn === null || turn.state === 'pending' || turn.state === 'running') return;
    if (turn.text !== '') {
      const at = this.#context.clock.now();
      await session.append((head) => ({ entry: answerEntry(turn, at, head) }));
      this.#context.settled(turn.id);
    } else {
      if (!turn.settled) this.#context.settled(turn.id);
      this.#context.bus.publish(session.id, {
        kind: 'unanswered',
        turnId: turn.id,
        end: turn.end ?? 'failed',
        failure: turn.failure,
      });
      // No append found out whether others wrote to the log meanwhile: what they asked waits for the next turn.
      if (!this.#context.settings.isSoleReplica) await session.catchUp();
    }
    if (error === null) return;
    const frame = errorFrame(error, stamp(this.#context.clock.now()), session.id);
    for (const asker of askers) if (!asker.participant.isClosed) asker.tell({ ...frame, turn_id: turn.id });
  }

  async #left(session: LiveSession, run: TurnRun): Promise<void> {
    try {
      await session.queue.run(async () => {
        if (session.run === run) session.run = null;
        session.endedTurnId = run.turnId;
        await this.next(session);
      });
    } catch (error) {
      // What waits goes on waiting: a sweep tries again.
      this.#context.log.warn('next_turn_not_made', { turn: run.turnId }, error);
    }
  }
}

function isBeingWritten(): WireError {
  return new WireError('INVALID_FORMAT', 'An answer is being written already. Wait for its end, or cancel it first.');
}

/** Whether an entry is a user message that the model has to answer. */
function asksModel({ entry }: LogEntry): boolean {
  return entry.kind === 'message' && entry.sender === 'user' && entry.type !== 'file_upload';
}

function interrupted(turn: Turn): TurnOutcome {
  return {
    state: 'interrupted',
    end: 'interrupted',
    text: turn.text,
    usage: turn.usage,
    elapsedMs: turn.elapsedMs,
    failure: 'owner_lost',
    settled: turn.text === '',
  };
}

function answerEntry(turn: Turn, at: number, head: Projection): Entry {
  // Who took the floor or ended the session while it was written has cut it, even if the model was quick enough to finish.
  const isCut = head.floor.kind !== 'ai' || head.endedAt !== null;
  return {
    at,
    kind: 'message',
    sender: 'ai',
    type: 'ai_response',
    messageId: turn.id,
    authorId: null,
    authorName: null,
    content: turn.text,
    modelId: turn.modelId,
    turnId: turn.id,
    end: isCut ? 'interrupted' : (turn.end ?? 'interrupted'),
    elapsedMs: turn.elapsedMs,
    answersThrough: turn.throughSeq,
    ...(turn.usage === null ? {} : { usage: turn.usage }),
  };
}
