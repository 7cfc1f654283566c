// Station: test/helpers. The core alone, on a store in memory, a clock that stands still and sockets that only keep what they are sent. Called by unit tests.
import { systemRandom } from '../../src/common/random.js';
import type { OutboundFrame } from '../../src/protocol/outbound.js';
import { createLocalBus } from '../../src/server/bus/local-bus.js';
import type { Chat, SayRequest } from '../../src/server/chat/api.js';
import { createChat } from '../../src/server/chat/create-chat.js';
import type { ChatSettings } from '../../src/server/chat/settings.js';
import { createModelDirectory } from '../../src/server/llm/directory.js';
import type { Bus } from '../../src/server/ports/bus.js';
import type { Participant, SharedFrame, User } from '../../src/server/ports/participant.js';
import type { Store } from '../../src/server/ports/store.js';
import { recordingLog } from './app.js';
import { createFakeClock, type FakeClock } from './fake-clock.js';
import { createFakeMeter } from './fake-meter.js';
import { type GatedModel, gatedModel } from './gated-model.js';
import { createMemoryStore, type MemoryStore } from './memory-store.js';

/** A socket that keeps what it is sent. */
export interface FakeSocket extends Participant {
  readonly frames: OutboundFrame[];
  isClosed: boolean;
  /** The close code that the core gave. */
  closedWith: number | null;
  /** Frames of one type. */
  of(type: OutboundFrame['type']): OutboundFrame[];
}

/** The core and what it stands on. */
export interface Core {
  readonly chat: Chat;
  readonly clock: FakeClock;
  readonly memory: MemoryStore;
  readonly model: GatedModel;
  readonly log: ReturnType<typeof recordingLog>;
  /** Attaches a socket of that user. */
  enter(userId: string, ask?: Parameters<Chat['attach']>[1]): Promise<FakeSocket>;
  say(socket: FakeSocket, content: string, more?: Partial<SayRequest>): Promise<void>;
}

/** What a test may replace. */
export interface CoreOptions {
  readonly memory?: MemoryStore;
  readonly clock?: FakeClock;
  readonly model?: GatedModel;
  readonly bus?: Bus;
  readonly wrapStore?: (store: Store) => Store;
  readonly settings?: Partial<ChatSettings>;
}

let sockets = 0;

/** Makes a socket. */
export function fakeSocket(user: Partial<User> = {}): FakeSocket {
  const frames: OutboundFrame[] = [];
  sockets += 1;
  const id = `socket-${sockets}`;
  return {
    id,
    user: { id: 'ada', name: 'Ada', isAdmin: false, ...user },
    attachment: undefined,
    frames,
    isClosed: false,
    closedWith: null,
    send(shared: SharedFrame) {
      if (!this.isClosed) frames.push(shared.frame);
    },
    drained: async () => undefined,
    close(code) {
      this.closedWith = code;
      this.isClosed = true;
    },
    of: (type) => frames.filter((frame) => frame.type === type),
  };
}

/** Makes a core. Nothing sweeps before `chat.start`. */
export function makeCore(options: CoreOptions = {}): Core {
  const memory = options.memory ?? createMemoryStore();
  const clock = options.clock ?? createFakeClock();
  const model = options.model ?? gatedModel();
  const log = recordingLog();
  const chat = createChat(
    {
      store: options.wrapStore?.(memory) ?? memory,
      bus: options.bus ?? createLocalBus((error) => log.error('event_failed', {}, error)),
      models: createModelDirectory([model.provider]),
      clock,
      random: systemRandom,
      log,
      meter: createFakeMeter(),
    },
    {
      replicaId: 'replica',
      systemPrompt: '',
      sessionTimeoutMs: 900_000,
      sessionRetentionMs: null,
      historyTokens: 8_000,
      maxAnswerBytes: 262_144,
      turnLeaseMs: 15_000,
      checkpointIntervalMs: 1_000,
      floorLeaseMs: 30_000,
      floorJoinMs: 60_000,
      maxConcurrentTurns: 100,
      isSoleReplica: true,
      ...options.settings,
    },
  );
  return {
    chat,
    clock,
    memory,
    model,
    log,
    async enter(userId, ask = {}) {
      const socket = fakeSocket({ id: userId });
      await chat.attach(socket, ask);
      return socket;
    },
    say: (socket, content, more = {}) =>
      chat.say(socket, {
        content,
        sessionId: undefined,
        messageId: content,
        modelId: undefined,
        metadata: undefined,
        ...more,
      }),
  };
}

/** A bus that rings only when it is told to, in the publisher's order, and may lose rings. */
export function slowBus(): Bus & { ring(lose?: (kind: string) => boolean): Promise<void> } {
  const handlers = new Map<string, Set<Parameters<Bus['subscribe']>[1]>>();
  let waiting: [string, Parameters<Bus['publish']>[1]][] = [];
  return {
    kind: 'redis',
    publish: (sessionId, event) => void waiting.push([sessionId, event]),
    subscribe(sessionId, handler) {
      const those = handlers.get(sessionId) ?? new Set();
      handlers.set(sessionId, those.add(handler));
      return () => void those.delete(handler);
    },
    async ring(lose = () => false) {
      const events = waiting;
      waiting = [];
      for (const [sessionId, event] of events) {
        if (!lose(event.kind)) for (const handler of handlers.get(sessionId) ?? []) handler(event);
      }
      await new Promise((resolve) => setImmediate(resolve));
    },
    close: async () => undefined,
  };
}
