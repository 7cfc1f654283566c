// Station: config. What a source gave for a setting, before it is understood. Made by the readers, read by resolve.
import type { Notice, Problem } from './problem.js';

/** Where a value may come from, strongest first: a reading of an earlier layer wins. */
export const layers = ['flag', 'env', 'env-file', 'credentials', 'file'] as const;

/** A kind of source. */
export type Layer = (typeof layers)[number];

/** A raw value and where it stands. */
export interface Given {
  /** Several values only from a list in the config file. */
  readonly raw: string | readonly string[];
  /** `env RATE_LIMIT`, `chatbox.yaml:12`, `--port`. */
  readonly source: string;
}

/** What one layer gave, by the settings' file keys (`chat.sessionTimeout`, `llm.providers[0].apiKey`). */
export interface Reading {
  readonly layer: Layer;
  readonly given: ReadonlyMap<string, Given>;
  readonly problems: readonly Problem[];
  readonly notices: readonly Notice[];
}
