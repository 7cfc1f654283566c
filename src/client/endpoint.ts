// Station: client. URLs of a server, made of the one that the caller gave. Called by link, refusal and history.

/** Which session a connection asks for, and what the client already has of it. */
export interface Position {
  readonly sessionId: string | null;
  readonly isNew: boolean;
  readonly lastSeq: number | null;
  readonly turnId: string | null;
  /** UTF-16 units of that turn's answer that the client has. */
  readonly index: number;
}

/** The URL of the upgrade. The token is never part of it (finding R7). Throws TypeError when `server` is no URL. */
export function socketUrl(server: string, position: Position): string {
  const url = under(server, 'ws');
  url.protocol = url.protocol.replace(/^http/, 'ws');
  const query = url.searchParams;
  if (position.isNew) query.set('new', '1');
  if (position.sessionId === null) return url.href;
  query.set('session_id', position.sessionId);
  if (position.lastSeq !== null) query.set('last_seq', String(position.lastSeq));
  if (position.turnId !== null) {
    query.set('turn_id', position.turnId);
    query.set('index', String(position.index));
  }
  return url.href;
}

/** The URL of an HTTP route under the prefix; undefined parameters are left out. */
export function httpUrl(
  server: string,
  segments: readonly string[],
  query: Readonly<Record<string, string | number | undefined>> = {},
): string {
  const url = under(server, segments.map(encodeURIComponent).join('/'));
  url.protocol = url.protocol.replace(/^ws/, 'http');
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url.href;
}

function under(server: string, path: string): URL {
  const url = new URL(server);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
  url.search = '';
  url.hash = '';
  return url;
}
