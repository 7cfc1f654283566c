// Station: chat. The text of a running answer: rings each piece, checkpoints about once a second and renews the lease. Called by turn-run.
import type { Timer } from '../../common/clock.js';
import type { Turn } from '../ports/store.js';
import type { ChatContext } from './context.js';
import type { LiveSession } from './live-session.js';

const silentMs = 2_000;

/** Collects an answer while it is written. */
export class AnswerWriter {
  text = '';
  /** True once the next piece would cross the limit: the answer ends as `length`. */
  isFull = false;
  #bytes = 0;
  #checkpointed = 0;
  #leaseUntil: number;
  #timer: Timer | null = null;
  #isStopped = false;
  /** Of the floor when the turn began: what is written after it moved carries the old one still, and is dropped where that is known. */
  readonly #epoch: number;
  readonly #turn: Turn;
  readonly #session: LiveSession;
  readonly #context: ChatContext;
  readonly #onLost: () => void;

  /** `onLost` is called when the store says that the turn is no longer ours. */
  constructor(turn: Turn, session: LiveSession, context: ChatContext, onLost: () => void) {
    this.#turn = turn;
    this.#session = session;
    this.#context = context;
    this.#onLost = onLost;
    this.#leaseUntil = turn.leaseUntil;
    this.#epoch = session.projection.floorEpoch;
    this.#arm();
  }

  get isEmpty(): boolean {
    return this.text === '';
  }

  /** The provider is being asked. */
  asked(): void {
    const { bus, clock } = this.#context;
    bus.publish(this.#session.id, {
      kind: 'asked',
      turnId: this.#turn.id,
      epoch: this.#epoch,
      modelId: this.#turn.modelId,
      at: clock.now(),
    });
  }

  /** Takes a piece. False when the answer is full (or over): stop the provider. */
  write(piece: string): boolean {
    if (this.isFull || this.#isStopped) return false;
    const bytes = Buffer.byteLength(piece);
    if (this.#bytes + bytes > this.#context.settings.maxAnswerBytes) {
      this.isFull = true;
      return false;
    }
    const index = this.text.length;
    this.#bytes += bytes;
    this.text += piece;
    this.#context.bus.publish(this.#session.id, {
      kind: 'chunk',
      turnId: this.#turn.id,
      epoch: this.#epoch,
      index,
      text: piece,
      modelId: this.#turn.modelId,
    });
    return true;
  }

  /** No more checkpoints. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #arm(): void {
    if (this.#isStopped) return;
    this.#timer = this.#context.clock.after(this.#context.settings.checkpointIntervalMs, () => {
      this.#checkpoint().then(
        () => this.#arm(),
        (error: unknown) => {
          // The lease still holds for a while; the next checkpoint tries again.
          this.#context.log.warn('checkpoint_failed', { turn: this.#turn.id }, error);
          this.#arm();
        },
      );
    });
  }

  async #checkpoint(): Promise<void> {
    const { clock, settings, store } = this.#context;
    if (!settings.isSoleReplica) await this.#readFloor();
    const isNewText = this.text.length > this.#checkpointed;
    if (this.#isStopped || (!isNewText && !this.#isRenewalDue())) return;
    const length = this.text.length;
    const until = clock.now() + settings.turnLeaseMs;
    const guard = { owner: settings.replicaId, epoch: this.#turn.epoch };
    const kept = await store.checkpointTurn(this.#turn.id, guard, this.text, until);
    if (this.#isStopped) return;
    if (kept === 'lost') this.#onLost();
    this.#checkpointed = length;
    this.#leaseUntil = until;
  }

  /** Whether the lease is to be renewed though nothing new was written. Among several replicas this is also how a silent one learns that its turn was ended. */
  #isRenewalDue(): boolean {
    const { clock, settings } = this.#context;
    const restMs = Math.min(settings.turnLeaseMs / 2, settings.isSoleReplica ? Number.POSITIVE_INFINITY : silentMs);
    return this.#leaseUntil - clock.now() <= settings.turnLeaseMs - restMs;
  }

  /** Who took the floor on another replica is seen here at the latest (DESIGN.md section 3, "The bus is a doorbell"). */
  async #readFloor(): Promise<void> {
    const session = this.#session;
    const heads = await this.#context.store.heads([session.id]);
    if ((heads.get(session.id) ?? 0) > session.log.head) await session.queue.run(() => session.catchUp());
  }
}
