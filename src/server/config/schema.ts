// Station: config. The one schema: every setting of the server. Parsing, help, docs, the .env example and redaction are made of it. Called by app and cli.
import type { Mode, Resolved } from './field.js';
import { authFields, limitFields } from './fields/auth-fields.js';
import { chatFields, logFields, readinessFields, shutdownFields, storeFields } from './fields/chat-fields.js';
import { encryptionFields } from './fields/encryption-fields.js';
import { httpFields, opsFields } from './fields/http-fields.js';
import { llmFields, type providerTypes } from './fields/llm-fields.js';
import { socketFields } from './fields/socket-fields.js';
import type { ModelConfig } from './model-spec.js';
import type { Secret } from './secret.js';

/** Every setting but those of the providers, which are a list (fields/llm-fields). */
export const configFields = {
  http: httpFields,
  ops: opsFields,
  sockets: socketFields,
  auth: authFields,
  limits: limitFields,
  chat: chatFields,
  store: storeFields,
  encryption: encryptionFields,
  llm: llmFields,
  readiness: readinessFields,
  shutdown: shutdownFields,
  log: logFields,
} as const;

type Settings = Resolved<typeof configFields>;

/** A provider, resolved: its own time limits or those of all. Times are milliseconds. */
export interface ProviderConfig {
  readonly type: (typeof providerTypes)[number];
  /** Its name in metrics and logs; unique. */
  readonly id: string;
  /** Set for `openai`. */
  readonly endpoint: string | null;
  readonly apiKey: Secret | null;
  /** At least one; ids are unique over all providers. */
  readonly models: readonly ModelConfig[];
  readonly connectTimeoutMs: number;
  readonly firstTokenTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly totalTimeoutMs: number;
}

/** The resolved configuration of the server. Times are milliseconds, sizes bytes; null is "not set". */
export type Config = Omit<Settings, 'llm' | 'store'> & {
  readonly mode: Mode;
  readonly store: Omit<Settings['store'], 'kind'> & { readonly kind: 'sqlite' | 'mongodb' };
  /** `providers` in the order in which their models are offered; at least one. */
  readonly llm: Settings['llm'] & { readonly providers: readonly ProviderConfig[] };
};

export type { Mode } from './field.js';
export type { ModelConfig } from './model-spec.js';
export type { Secret } from './secret.js';
