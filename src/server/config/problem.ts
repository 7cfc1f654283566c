// Station: config. What can be wrong, and what is worth saying, as data. Made by the readers and checks; printed by cli.

/** One thing wrong with the configuration. Never holds a secret. */
export interface Problem {
  /** Where: `env RATE_LIMIT`, `chatbox.yaml:12`, `--port`. */
  readonly source: string;
  /** What is wrong, to follow the source: `must be …`. */
  readonly message: string;
  readonly fix: string | null;
}

/** Something that is no error, and yet should not pass in silence. */
export interface Notice {
  readonly source: string;
  readonly message: string;
}

/** A problem as one line. */
export function describeProblem({ source, message, fix }: Problem): string {
  return `${source}: ${message}${fix === null ? '' : ` (${fix})`}`;
}

/** A refused value as it may be shown: short, on one line, without control characters. */
export function quoted(raw: string): string {
  const shown = raw.length > 40 ? `${raw.slice(0, 40)}…` : raw;
  return JSON.stringify(shown);
}
