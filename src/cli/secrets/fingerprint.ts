// Station: cli/secrets. A name for a value that gives nothing of it away. Called by create and check.
import { scryptSync } from 'node:crypto';

const bytes = 5;

/**
 * Ten hex digits by which two people see that they have the same value. A slow hash, cut short: a connection string holds a password that
 * somebody chose, and a fast hash of it in a pipeline's log would be guessed at.
 */
export function fingerprint(name: string, value: string): string {
  return scryptSync(value, `chatbox fingerprint of ${name}`, bytes).toString('hex');
}
