// Station: ports. What an examination found, for the doctor. Made by adapters; shown by the command line.

/** One thing that was looked at. Its texts name no credential and no content. */
export interface Finding {
  /** What was looked at: `store ping`. */
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'failed';
  /** What was found, and why it matters. */
  readonly found: string;
  /** How to mend it; null where nothing is to be mended. */
  readonly fix: string | null;
  readonly tookMs: number;
}

/** What a check says; the time that it took is measured by whoever runs it. */
export type Verdict = Omit<Finding, 'name' | 'tookMs'>;
