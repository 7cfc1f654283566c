// Station: cli/doctor. The way of a client: health and a WebSocket through the public URL. Listed in run-doctor.
import { resolve } from 'node:path';
import { WebSocket } from 'ws';
import { systemClock } from '../../../common/clock.js';
import { issueToken } from '../../../server/auth/issue.js';
import { readJwtKeys } from '../../../server/config/jwt-keys.js';
import { optionText } from '../../command.js';
import { inDataDir, readLine } from '../../data-dir.js';
import { serverBase } from '../../target.js';
import { type CheckContext, type DoctorCheck, failed, type NamedVerdict, ok, warning } from '../check.js';
import { asksHealth } from '../health.js';
import { reachFailure } from '../reach.js';

/** The public URL, where --url names it. */
export const handshakeCheck: DoctorCheck = {
  name: 'public url',
  why: 'what a proxy rewrites, refuses or cuts is seen only on the way that clients take',
  run: async (context) => {
    const given = optionText(context.invocation, 'url');
    if (given === undefined) return [];
    const base = serverBase(given, '--url').href.replace(/\/$/, '');
    const health = await healthThrough(base, context);
    return health.state === 'failed' ? [health] : [health, await shakeHands(base, context)];
  },
};

async function healthThrough(base: string, { signal, config }: CheckContext): Promise<NamedVerdict> {
  const { status, isOurs, cause } = await asksHealth(`${base}/healthz`, signal);
  if (status === 0) return reachFailure(cause, base, 'DNS, certificate or proxy of the public URL');
  if (isOurs) {
    const isOpen = base.startsWith('http://') && !/^http:\/\/(localhost|127\.|\[::1\])/.test(base);
    return isOpen
      ? warning(
          `${base} answers, in the clear: tokens and conversations can be read on the way`,
          'end TLS in front of the server',
        )
      : ok(`${base} answers`);
  }
  if (status === 404) {
    return failed(
      `${base}/healthz is a 404: the prefix does not reach the server, which answers under ${config.http.pathPrefix || '/'}`,
      'remove the rewrite of the proxy, and let its route, --url and CHATBOX_PATH_PREFIX agree',
    );
  }
  return failed(
    `${base}/healthz answers ${status}, and not as a chatbox does`,
    'look at the route of the proxy, and whether the server runs',
  );
}

type Outcome =
  | { readonly kind: 'open' }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'failed'; readonly cause: unknown };

async function shakeHands(base: string, context: CheckContext): Promise<NamedVerdict> {
  const name = 'websocket';
  const token = await tokenFor(context);
  const outcome = await connect(`${base.replace(/^http/, 'ws')}/ws`, token, context);
  switch (outcome.kind) {
    case 'open':
      return { name, ...ok('a WebSocket opened, and said the first word') };
    case 'failed':
      return { name, ...reachFailure(outcome.cause, 'the WebSocket', 'the proxy: it must pass the upgrade on') };
    case 'refused':
      return { name, ...judgeRefusal(outcome.status, token !== null) };
  }
}

function judgeRefusal(status: number, hadToken: boolean) {
  // The server's own refusal came through: the way is free, and that is what was asked without a token.
  if (status === 401 && !hadToken)
    return ok('the upgrade reaches the server, which asks for a token (--token-file to go on)');
  const causes: Readonly<Record<number, readonly [string, string]>> = {
    400: ['the upgrade headers do not reach the server', 'let the proxy pass Upgrade and Connection on'],
    401: ['the token is refused', 'compare JWT_SECRET, JWT_KEYS or JWKS_URL with those of the server, and the clocks'],
    403: ['the origin is refused', 'add it to ALLOWED_ORIGINS of the server'],
    404: ['there is no socket under this URL', 'name the URL with its prefix, and remove the rewrite of the proxy'],
    426: ['the upgrade is not passed on', 'let the proxy speak HTTP/1.1 to the server'],
    429: ['too many connections', 'TRUSTED_PROXIES: else all clients count as one'],
    502: ['the proxy does not reach the server', 'look whether the server runs'],
    503: ['the server drains, or the proxy has none that is ready', 'wait, then look at readyz'],
  };
  const [why, fix] = causes[status] ?? ['the upgrade is refused', 'look at the log of the proxy'];
  return failed(`${why} (${status})`, fix);
}

/** A token of the file that was named, else one signed here for a minute; null where somebody else issues them. */
async function tokenFor({ invocation, config }: CheckContext): Promise<string | null> {
  const file = optionText(invocation, 'tokenFile');
  if (file !== undefined) return await readLine(resolve(invocation.io.cwd, file));
  const [key] = readJwtKeys(config.auth.jwtKeys, config.auth.jwtSecret);
  if (key === undefined)
    return config.mode === 'dev' && config.store.dataDir !== null ? await devToken(config.store.dataDir) : null;
  const now = systemClock.now();
  const subject = { userId: 'chatbox-doctor', roles: ['user'], issuedAtMs: now, expiresAtMs: now + 60_000 };
  return await issueToken(subject, key.secret, key.kid);
}

/** The token that `serve --dev` left for clients on this machine. */
async function devToken(dataDir: string): Promise<string | null> {
  return await readLine(inDataDir(dataDir, 'userToken'));
}

async function connect(
  url: string,
  token: string | null,
  { signal, timeoutMs, config }: CheckContext,
): Promise<Outcome> {
  const [origin] = config.sockets.allowedOrigins;
  const socket = new WebSocket(url, {
    handshakeTimeout: timeoutMs,
    maxPayload: 1_048_576,
    ...(origin === undefined ? {} : { origin }),
    ...(token === null ? {} : { headers: { authorization: `Bearer ${token}` } }),
  });
  const hangUp = () => socket.terminate();
  signal.addEventListener('abort', hangUp, { once: true });
  try {
    return await new Promise<Outcome>((settle) => {
      socket.on('unexpected-response', (_, response) => {
        response.resume();
        settle({ kind: 'refused', status: response.statusCode ?? 0 });
      });
      // A proxy may open a socket by itself: only a frame shows that the server is behind it.
      socket.on('message', () => settle({ kind: 'open' }));
      socket.on('error', (cause) => settle({ kind: 'failed', cause }));
      socket.on('close', (code) =>
        settle({ kind: 'failed', cause: Object.assign(new Error('closed'), { code: `close code ${code}` }) }),
      );
    });
  } finally {
    signal.removeEventListener('abort', hangUp);
    socket.terminate();
  }
}
