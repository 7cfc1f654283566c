// Station: cli/serve. Runs `chatbox serve`: loads the configuration, with --dev makes what is missing, and hands over to server/main.
import { type JwtKey, readJwtKeys } from '../../server/config/jwt-keys.js';
import type { Config } from '../../server/config/schema.js';
import { Secret } from '../../server/config/secret.js';
import { serve } from '../../server/main.js';
import type { Invocation } from '../command.js';
import { type Loaded, loadOrFail } from '../config-options.js';
import { makePrivateDir, systemCode } from '../data-dir.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { jsonLine } from '../output/json-line.js';
import { explainStore } from '../store/store-failure.js';
import { packageVersion } from '../version.js';
import { describeBanner, type Listening, programOf } from './banner.js';
import { type DevTokens, devSecret, forgetServer, recordServer, renewDevTokens } from './dev-home.js';

/** Runs the server until the signal fires and it has drained; resolves to its exit code. */
export async function runServe(invocation: Invocation): Promise<number> {
  const isDev = invocation.options.dev === true;
  const loaded = await loadOrFail(invocation, isDev ? 'dev' : 'production');
  for (const { source, message } of loaded.notices) invocation.output.warn(`${source}: ${message}`);
  if (!isDev) return await start(invocation, loaded.config, () => undefined);
  const { config, dataDir, key } = await furnish(invocation, loaded);
  let isRecorded = false;
  try {
    return await start(invocation, config, async (listening) => {
      // Before the address: who finds that takes a token at once.
      const tokens = key === null ? null : await renewDevTokens(dataDir, key);
      await recordServer(dataDir, listening.httpUrl);
      isRecorded = true;
      await announce(invocation, { listening, dataDir, tokens });
    });
  } finally {
    // Not where another server has the folder: the address in it is then that one's.
    if (isRecorded) await forgetServer(dataDir);
  }
}

interface Furnished {
  readonly config: Config;
  readonly dataDir: string;
  /** What signs tokens; null where somebody else issues them. */
  readonly key: JwtKey | null;
}

/** Gives --dev what production would have to be told: a folder, a key, a quieter log on a terminal. */
async function furnish({ io, global }: Invocation, { config, settings }: Loaded): Promise<Furnished> {
  const dataDir = config.store.dataDir ?? io.cwd;
  // Not every store makes it, and tokens and address lie in it whatever the store is.
  await makePrivateDir(dataDir);
  const isQuieter = io.stderr.isTTY === true && settings.get('log.level')?.isGiven !== true;
  const level = global.debug ? 'debug' : isQuieter ? 'warn' : config.log.level;
  const { auth } = config;
  // With JWKS_URL somebody else issues the tokens: a key made here would sign none that the server takes.
  const isKeyless = auth.jwksUrl === null && auth.jwtSecret === null && auth.jwtKeys === null;
  const jwtSecret = isKeyless ? new Secret(await devSecret(dataDir)) : auth.jwtSecret;
  const [key = null] = auth.jwksUrl === null ? readJwtKeys(auth.jwtKeys, jwtSecret) : [];
  return { config: { ...config, auth: { ...auth, jwtSecret }, log: { level } }, dataDir, key };
}

interface Announcement {
  readonly listening: Listening;
  readonly dataDir: string;
  readonly tokens: DevTokens | null;
}

/** Says where the server is. It was written down before: who reads the banner may start a client at once. */
async function announce(
  { io, output, global }: Invocation,
  { listening, dataDir, tokens }: Announcement,
): Promise<void> {
  const { httpUrl, wsUrl, opsUrl } = listening;
  if (global.json) {
    await output.data(
      jsonLine({ event: 'listening', http_url: httpUrl, ws_url: wsUrl, ops_url: opsUrl, data_dir: dataDir }),
    );
  } else
    output.talk(
      describeBanner(listening, {
        dataDir,
        tokens: io.stderr.isTTY === true ? tokens : null,
        program: programOf(io),
      }),
    );
}

async function start(
  invocation: Invocation,
  config: Config,
  onListening: (listening: Listening) => Promise<void> | void,
): Promise<number> {
  const { stdout, stderr, signal, forceExit } = invocation.io;
  try {
    return await serve({
      config,
      version: packageVersion(),
      signal,
      // A container's log is its standard output; at a desk that is for data, and the log is talk.
      logTo: config.mode === 'dev' ? stderr : stdout,
      onListening,
      forceExit: (code) => forceExit?.(code),
    });
  } catch (cause) {
    throw explain(cause, config);
  }
}

/** What people can mend about a server that did not start. */
function explain(cause: unknown, { http }: Config): unknown {
  // There are two listeners: the error itself knows which one failed.
  const { address, port } = listenerOf(cause) ?? { address: http.host, port: http.port };
  switch (systemCode(cause)) {
    case 'EADDRINUSE':
      return new CliError(
        exitCodes.conflict,
        `something listens on ${address}:${port} already`,
        'end it, or choose another port: --port 0 takes any',
        cause,
      );
    case 'EACCES':
      return new CliError(
        exitCodes.failure,
        `this user may not listen on port ${port}`,
        'choose one from 1024 up',
        cause,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new CliError(
        exitCodes.config,
        `this machine has no address ${address}`,
        'mend SERVER_HOST or --host',
        cause,
      );
    default:
      return (
        explainStore(cause) ?? (hasFix(cause) ? new CliError(exitCodes.config, cause.message, cause.fix, cause) : cause)
      );
  }
}

function listenerOf(cause: unknown): { readonly address: string; readonly port: number } | null {
  if (!(cause instanceof Error && 'address' in cause && 'port' in cause)) return null;
  const { address, port } = cause;
  return typeof address === 'string' && typeof port === 'number' ? { address, port } : null;
}

/** Errors of the server that were written for people say how to mend them. */
function hasFix(cause: unknown): cause is Error & { readonly fix: string } {
  return cause instanceof Error && 'fix' in cause && typeof cause.fix === 'string';
}
