// Station: cli/doctor. What checks over HTTP have in common: an answer with a bound, and why there was none. Called by checks.
import { failed } from './check.js';

const maxBodyBytes = 1_048_576;

/** The text of an answer, at most 1 MiB of it; more is left unread. */
export async function readBounded(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  for (let read = await reader?.read(); read?.value !== undefined && size < maxBodyBytes; read = await reader?.read()) {
    parts.push(read.value);
    size += read.value.length;
  }
  await reader?.cancel();
  return Buffer.concat(parts).toString('utf8');
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'the name has no address',
  EAI_AGAIN: 'the name server does not answer',
  EHOSTUNREACH: 'no way leads there',
  ENETUNREACH: 'no way leads there',
  ETIMEDOUT: 'no answer',
  UND_ERR_CONNECT_TIMEOUT: 'no answer',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that this machine does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an authority that this machine does not know',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
};

/** The code of a failed connection, wherever in the chain of causes it stands. */
function reachCode(cause: unknown): string {
  for (let error = cause, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth += 1) {
    if ('code' in error && typeof error.code === 'string') return error.code;
  }
  return cause instanceof Error ? cause.name : 'unknown error';
}

/** Why something was not reached, as a verdict. A deadline is passed on, for whoever set it. */
export function reachFailure(cause: unknown, what: string, setting: string) {
  const code = reachCode(cause);
  if (code === 'TimeoutError' || code === 'AbortError') throw cause;
  return failed(
    `${what} cannot be reached: ${reasons[code] ?? 'the connection failed'} (${code})`,
    `mend ${setting}, or the network between`,
  );
}
