// Station: door. Where a token may stand in a request. Called by the upgrade and by the HTTP routes; nothing here is ever logged (finding R7).

/** The subprotocol that the server speaks; the only one that it ever selects. */
export const subprotocol = 'chatbox.v1';

const bearerProtocol = 'bearer.';

/** Parts of a request that may hold a token. */
export interface CredentialSources {
  readonly authorization: string | undefined;
  /** `Sec-WebSocket-Protocol`, as it came. */
  readonly protocols?: string | undefined;
  /** `?token=`, where that is switched on. */
  readonly queryToken?: string | undefined;
}

/**
 * The token of a request: the `Authorization` header (which wins, so that a bad one is refused whatever else is there), else the subprotocol
 * `bearer.<token>`, else the query. Null when there is none.
 */
export function tokenOf(sources: CredentialSources): string | null {
  const { authorization } = sources;
  if (authorization !== undefined) {
    // Not a bearer token: an empty one, which no verifier takes.
    return /^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '';
  }
  const offered = (sources.protocols ?? '').split(',').map((entry) => entry.trim());
  const bearer = offered.find((entry) => entry.startsWith(bearerProtocol));
  if (bearer !== undefined) return bearer.slice(bearerProtocol.length);
  return sources.queryToken ?? null;
}
