// Station: chat. What every part of the core is given: ports and settings, and the few things that live sessions ask of the whole.
import type { Clock } from '../../common/clock.js';
import type { Random } from '../../common/random.js';
import type { Bus } from '../ports/bus.js';
import type { Store } from '../ports/store.js';
import type { Log, Meter } from '../ports/telemetry.js';
import type { Projected } from './projected.js';
import type { ChatSettings, ModelDirectory } from './settings.js';
import type { TurnSlots } from './turn-slots.js';

/** Ports of the core. */
export interface ChatPorts {
  readonly store: Store;
  readonly bus: Bus;
  readonly models: ModelDirectory;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
}

/** Ports, settings and shared state of one replica's core. */
export interface ChatContext extends ChatPorts {
  readonly settings: ChatSettings;
  readonly slots: TurnSlots;
  /** True once the replica drains: messages are stored, but no new turn starts. */
  isDraining: boolean;
  /** The session's projection changed and is to be written soon. */
  changed(session: Projected): void;
  /** Writes now what was changed; rejects with StoreError. */
  flush(): Promise<void>;
  /** Nothing more is to be written of that turn. */
  settled(turnId: string): void;
  /** The session may have become idle: forget it if nobody needs it. */
  release(sessionId: string): void;
}
