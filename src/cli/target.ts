// Station: cli. Which server a client command talks to, and with which token. Called by every command that is a client.
import { resolve } from 'node:path';
import type { Io } from './command.js';
import { inDataDir, readLine } from './data-dir.js';
import { CliError, exitCodes } from './exit-codes.js';

/** What a client command was told. */
export interface TargetRequest {
  readonly server?: string;
  readonly tokenFile?: string;
  readonly dataDir?: string;
  /** Whose token to take from the data folder. */
  readonly role: 'user' | 'admin';
}

/** A server and the token for it. */
export interface Target {
  /** `http(s)://host:port/prefix`, without a final slash. */
  readonly httpUrl: string;
  /** `ws(s)://host:port/prefix/ws`. */
  readonly wsUrl: string;
  readonly token: string;
  /** Where the token came from, for messages: `--token-file`, `CHATBOX_TOKEN_FILE`, or the path of the file. */
  readonly tokenSource: string;
}

const startOne = 'start one with `chatbox serve --dev`, or name it: --server http://127.0.0.1:8080/chatbox';

/** The folder of a server on this machine: `--data-dir`, DATA_DIR, `.chatbox`. */
export function clientDataDir(io: Io, dataDir: string | undefined): string {
  return resolve(io.cwd, dataDir ?? (io.env.DATA_DIR || '.chatbox'));
}

/** Reads `--server` as people paste it (ws or http, with or without a final slash or /ws) as an HTTP base URL. Throws CliError. */
export function serverBase(given: string, source: string): URL {
  const url = URL.canParse(given) ? new URL(given) : null;
  const scheme =
    url === null ? undefined : { 'http:': 'http:', 'https:': 'https:', 'ws:': 'http:', 'wss:': 'https:' }[url.protocol];
  if (url === null || scheme === undefined) {
    throw new CliError(
      exitCodes.usage,
      `${source}: not an http(s) or ws(s) URL`,
      'write it like http://127.0.0.1:8080/chatbox',
    );
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new CliError(
      exitCodes.usage,
      `${source}: must hold no user name, password, query or # part`,
      'give the token in a file: --token-file',
    );
  }
  const path = url.pathname.replace(/\/+$/, '').replace(/\/ws$/, '');
  return new URL(`${scheme}//${url.host}${path}`);
}

function isLoopback(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(url.hostname);
}

/** Finds server and token: options, then environment, then the data folder. Throws CliError (usage, auth, unavailable) that says what to do. */
export async function resolveTarget(io: Io, request: TargetRequest): Promise<Target> {
  const dataDir = clientDataDir(io, request.dataDir);
  const named = request.server ?? (io.env.CHATBOX_SERVER || undefined);
  const urlFile = inDataDir(dataDir, 'serverUrl');
  const recorded = await readLine(urlFile);
  const given = named ?? recorded;
  if (given === null) {
    throw new CliError(exitCodes.unavailable, `no server is known: ${urlFile} is not there`, startOne);
  }
  const source = request.server !== undefined ? '--server' : named !== undefined ? 'CHATBOX_SERVER' : urlFile;
  const base = serverBase(given, source);
  const httpUrl = base.href.replace(/\/$/, '');
  const { token, tokenSource } = await findToken(io, request, dataDir, base, recorded);
  return { httpUrl, wsUrl: `${httpUrl.replace(/^http/, 'ws')}/ws`, token, tokenSource };
}

async function findToken(
  io: Io,
  request: TargetRequest,
  dataDir: string,
  server: URL,
  recorded: string | null,
): Promise<{ readonly token: string; readonly tokenSource: string }> {
  const named = request.tokenFile ?? (io.env.CHATBOX_TOKEN_FILE || undefined);
  const file =
    named !== undefined
      ? resolve(io.cwd, named)
      : inDataDir(dataDir, request.role === 'admin' ? 'adminToken' : 'userToken');
  // A token of the data folder is for the server of the data folder: it must not reach whoever --server names.
  const isOurs =
    isLoopback(server) || (recorded !== null && serverBase(recorded, 'server.url').origin === server.origin);
  if (named === undefined && !isOurs) {
    throw new CliError(
      exitCodes.auth,
      `no token for ${server.origin}: the one in ${dataDir} is for the server on this machine`,
      'name a file with a token for that server: --token-file FILE',
    );
  }
  const token = await readLine(file);
  if (token === null) {
    throw new CliError(
      exitCodes.auth,
      `no token: ${file} is not there`,
      'start a server here with `chatbox serve --dev`, make a token with `chatbox token create`, or name a file: --token-file FILE',
    );
  }
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
    throw new CliError(
      exitCodes.auth,
      `${file} does not hold a token`,
      'it must hold one line: header.payload.signature',
    );
  }
  return { token, tokenSource: file };
}
