// Station: chat. What the core is told from outside. Made by app from the config.
import type { ModelChoice } from '../../protocol/outbound.js';
import type { LlmProvider } from '../ports/llm.js';

/** The configured models, in order; the first is the default. */
export interface ModelDirectory {
  readonly models: readonly ModelChoice[];
  /** The provider of a model, or undefined for an id that is not configured (finding R2). */
  providerOf(modelId: string): LlmProvider | undefined;
}

/** Settings of the core. Times in milliseconds, sizes in bytes. */
export interface ChatSettings {
  /** Unique per process: owner of turns, name in logs. */
  readonly replicaId: string;
  readonly systemPrompt: string;
  /** Idle sessions end after this. */
  readonly sessionTimeoutMs: number;
  /** Ended sessions are removed so long after their last activity; null keeps them. */
  readonly sessionRetentionMs: number | null;
  /** What of a conversation the model is shown, in tokens, the answer not counted. */
  readonly historyTokens: number;
  /** An answer ends as `length` here. */
  readonly maxAnswerBytes: number;
  readonly turnLeaseMs: number;
  readonly checkpointIntervalMs: number;
  /** How long a person holds a session without a renewal by their socket. A third of it renews it; a sixth is the margin between two holders. */
  readonly floorLeaseMs: number;
  /** The same after a takeover over HTTP, until their socket joins. */
  readonly floorJoinMs: number;
  /** Answers written at once on this replica; further turns wait their turn. */
  readonly maxConcurrentTurns: number;
  /** True when no other process can have the store open for serving: then what a dead process left needs no waiting for leases. */
  readonly isSoleReplica: boolean;
}
