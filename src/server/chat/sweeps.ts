// Station: chat. What nobody asks for: finishing what a crash left, ending idle sessions, repairing projections, finding lost rings. Called by create-chat.
import type { Timer } from '../../common/clock.js';
import type { Turn } from '../ports/store.js';
import { attachedForMs, keepAttachedEveryMs } from './attachment.js';
import type { ChatContext } from './context.js';
import type { HelpDesk } from './help-desk.js';
import type { LiveSession } from './live-session.js';
import type { Projector } from './projector.js';
import type { Registry } from './registry.js';
import { removeExpired } from './retention.js';
import type { Turns } from './turns.js';

/** A projection touches every index of its session, so that a busy session's is written seldom; who reads a list has it written first. */
const flushMs = 2_000;
const headsMs = 2_000;
const turnsMs = 5_000;
const repairMs = 30_000;
const helpMs = 2_000;
const quietMs = 60_000;
const retentionMs = 60_000;
const batchSize = 100;
/** How long a cancel may take over the bus. */
const cancelGraceMs = 1_000;
const headsBatch = 500;

/** Repeats each sweep at its interval, one run of each at a time. */
export class Sweeps {
  readonly #context: ChatContext;
  readonly #registry: Registry;
  readonly #turns: Turns;
  readonly #projector: Projector;
  readonly #helpDesk: HelpDesk;
  readonly #timers = new Map<string, Timer>();
  readonly #running = new Set<Promise<void>>();
  #isStopped = false;

  constructor(context: ChatContext, registry: Registry, turns: Turns, projector: Projector, helpDesk: HelpDesk) {
    this.#context = context;
    this.#registry = registry;
    this.#turns = turns;
    this.#projector = projector;
    this.#helpDesk = helpDesk;
  }

  /** Finishes what a crash left, then repeats. Rejects only when the store cannot be read at all. */
  async start(): Promise<void> {
    const { clock, settings } = this.#context;
    // A sole replica knows that every owner but itself is dead; it need not wait for their leases.
    await this.#finishTurns(settings.isSoleReplica ? Number.MAX_SAFE_INTEGER : clock.now());
    await this.#repair(settings.isSoleReplica ? clock.now() + 1 : clock.now() - repairMs);
    this.#every('projection_flush', flushMs, () => this.#projector.flush());
    this.#every('heads', headsMs, () => this.#compareHeads());
    this.#every('turns', turnsMs, () => this.#finishTurns(clock.now() - turnsMs));
    this.#every('repair', repairMs, () => this.#repair(clock.now() - repairMs));
    if (settings.sessionRetentionMs !== null)
      this.#every(
        'retention',
        retentionMs,
        async () => void (await removeExpired(this.#context, () => this.#isStopped)),
      );
    this.#every('help', helpMs, () => this.#helpDesk.look());
    this.#every('attached', keepAttachedEveryMs, () => this.#keepAttached());
    this.#every('idle', Math.min(keepAttachedEveryMs, Math.max(1_000, settings.sessionTimeoutMs / 4)), () =>
      this.#endIdle(),
    );
  }

  /** Stops repeating and waits for what runs. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) timer.cancel();
    await Promise.all(this.#running);
  }

  #every(name: string, ms: number, sweep: () => Promise<void>): void {
    if (this.#isStopped) return;
    const timer = this.#context.clock.after(ms, () => {
      const run = sweep()
        .catch((error: unknown) => this.#context.log.warn('sweep_failed', { sweep: name }, error))
        .finally(() => this.#running.delete(run))
        .then(() => this.#every(name, ms, sweep));
      this.#running.add(run);
    });
    this.#timers.set(name, timer);
  }

  /** Turns whose owner is dead: each ends, and its answer comes into the log. */
  async #finishTurns(lapsedBefore: number): Promise<void> {
    let before = '';
    for (;;) {
      const left = (await this.#context.store.unsettledTurns(lapsedBefore, batchSize)).filter(
        (turn) => !this.#isMine(turn),
      );
      for (const turn of left) await this.#finish(turn, lapsedBefore);
      await this.#projector.flush();
      // The same turns twice: what fails now is tried at the next sweep.
      const now = left.map((turn) => turn.id).join();
      if (left.length < batchSize || now === before || this.#isStopped) return;
      before = now;
    }
  }

  #isMine(turn: Turn): boolean {
    return this.#registry.peek(turn.sessionId)?.run?.turnId === turn.id;
  }

  async #finish(turn: Turn, lapsedBefore: number): Promise<void> {
    try {
      const found = await this.#registry.using(turn.sessionId, (session) =>
        session.queue.run(() => this.#turns.recover(session, turn, lapsedBefore)),
      );
      if (found === null) this.#context.settled(turn.id);
    } catch (error) {
      this.#context.log.warn('turn_not_recovered', { turn: turn.id }, error);
    }
  }

  /** Sessions whose lists lag behind their log, because who wrote to them died: opening one repairs it. */
  async #repair(olderThan: number): Promise<void> {
    let before = '';
    for (;;) {
      const ids = await this.#context.store.unprojected(olderThan, batchSize);
      await this.#each(ids, 'not_repaired', (id) =>
        this.#registry.using(id, async (session) => this.#context.changed(session)),
      );
      await this.#projector.flush();
      const now = ids.join();
      if (ids.length < batchSize || now === before || this.#isStopped) return;
      before = now;
    }
  }

  /** Does `act` for each session; one that fails (its log cannot be read) does not keep the others waiting. */
  async #each(ids: readonly string[], failure: string, act: (id: string) => Promise<unknown>): Promise<void> {
    for (const id of ids) {
      if (this.#isStopped) return;
      try {
        await act(id);
      } catch (error) {
        this.#context.log.warn(failure, { session: id }, error);
      }
    }
  }

  /** A last ring that was lost is found here, at most 2 s late. */
  async #compareHeads(): Promise<void> {
    const attached = [...this.#registry.all()].filter(
      (session) => session.seats.length > 0 || session.waiting.first !== null,
    );
    for (let at = 0; at < attached.length; at += headsBatch) {
      const batch = new Map(attached.slice(at, at + headsBatch).map((session) => [session.id, session]));
      const ids = [...batch.keys()];
      // Nobody but a sole replica writes to its logs, and its own rings are not lost.
      const heads = this.#context.settings.isSoleReplica ? null : await this.#context.store.heads(ids);
      await this.#each(ids, 'not_looked_after', async (id) => {
        const session = batch.get(id);
        if (session === undefined) return;
        if (heads !== null) await this.#compare(session, heads.get(id));
        await this.#lookAfter(session);
      });
    }
  }

  async #compare(session: LiveSession, head: number | undefined): Promise<void> {
    if (head === undefined) session.vanish();
    else if (head > session.delivered && !session.queue.isBusy) await session.queue.run(() => session.catchUp());
  }

  /** What waits and was not taken up, because the store failed just then; the answer of another replica; what need not be kept in memory. */
  async #lookAfter(session: LiveSession): Promise<void> {
    if (session.waiting.first !== null && !session.isAnswering)
      await session.queue.run(() => this.#turns.next(session));
    if (session.run === null && session.answer !== null) await this.#followRemote(session, session.answer.turnId);
    const quietFor = this.#context.clock.now() - session.projection.lastActivityAt;
    if (session.run === null && quietFor > quietMs) session.log.recent.unload();
  }

  /** The answer of another replica, of which the bus may have lost a piece or the end. */
  async #followRemote(session: LiveSession, turnId: string): Promise<void> {
    const turn = await this.#context.store.turn(turnId);
    const { answer } = session;
    if (answer?.turnId !== turnId || session.run !== null) return;
    if (turn?.state === 'running') {
      session.fillAnswer(turnId, turn.text);
      // Its owner did not hear of the cancel. It finds out at its next checkpoint.
      const askedAt = answer.cancelAskedAt;
      const isDue = askedAt !== null && this.#context.clock.monotonic() - askedAt >= cancelGraceMs;
      if (isDue) await session.queue.run(() => this.#turns.cancelElsewhere(session, turn));
    } else if (turn === null || (turn.settled && session.delivered >= session.log.head))
      session.answerEnded(turnId, turn?.end ?? 'failed');
  }

  /** Other replicas do not end what is attached here. */
  async #keepAttached(): Promise<void> {
    const until = this.#context.clock.now() + attachedForMs;
    const attached = [...this.#registry.all()]
      .filter((session) => session.seats.length > 0)
      .map((session) => session.id);
    for (let at = 0; at < attached.length; at += headsBatch)
      await this.#context.store.keepAttached(attached.slice(at, at + headsBatch), until);
  }

  async #endIdle(): Promise<void> {
    const { clock, settings, store } = this.#context;
    await this.#projector.flush();
    const now = clock.now();
    const before = now - settings.sessionTimeoutMs;
    for (;;) {
      const ids = await store.idleSessions(before, now, batchSize);
      let ended = 0;
      await this.#each(ids, 'idle_not_ended', async (id) => {
        if ((await this.#registry.using(id, (session) => this.#endIfIdle(session, before, now))) === true) ended += 1;
      });
      await this.#projector.flush();
      // A page of which none could be ended comes again: the next sweep looks at it.
      if (ids.length < batchSize || ended === 0 || this.#isStopped) return;
    }
  }

  #endIfIdle(session: LiveSession, before: number, at: number): Promise<boolean> {
    return session.queue.run(async () => {
      if (session.seats.length > 0 || session.isAnswering || session.waiting.first !== null) return false;
      const appended = await session.append((head) => {
        const isIdle =
          head.endedAt === null && !head.helpRequested && head.floor.kind === 'ai' && head.lastActivityAt < before;
        return isIdle ? { entry: { at, kind: 'end', reason: 'idle' } } : null;
      });
      if (appended.kind === 'appended') this.#context.meter.sessionEnded();
      return appended.kind === 'appended';
    });
  }
}
