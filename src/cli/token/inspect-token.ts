// Station: cli/token. Runs `chatbox token inspect`: says what a token holds, and never its signature or the key.
import { resolve } from 'node:path';
import { limits } from '../../protocol/limits.js';
import { type Invocation, type Io, optionText } from '../command.js';
import { inDataDir, readLine } from '../data-dir.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { oneLine } from '../output/table.js';
import { clientDataDir } from '../target.js';
import { findSigningKeys } from './signing-key.js';
import { describeMoment } from './time-text.js';
import { type SignatureState, signatureState, type TokenParts, tokenParts } from './token-parts.js';

/** Prints what a token says. Exit 4 where it is expired or its signature is bad. */
export async function inspectToken(invocation: Invocation): Promise<number> {
  const { io, output } = invocation;
  const [file] = invocation.args;
  const path = file === undefined ? inDataDir(clientDataDir(io, optionText(invocation, 'dataDir')), 'userToken') : file;
  const text = path === '-' ? await readStdin(io) : await readLine(resolve(io.cwd, path));
  if (text === null)
    throw new CliError(exitCodes.notFound, `${path} is not there`, 'name a file with a token, or - for stdin');
  const parts = tokenParts(text);
  if (parts === null)
    throw new CliError(exitCodes.auth, `${path} does not hold a token`, 'a token is header.payload.signature');
  const { found } = await findSigningKeys(invocation);
  const signature = found === null ? 'unknown' : signatureState(parts, found.keys);
  const nowMs = Date.now();
  const expiresAtMs = timeOf(parts, 'exp');
  const isExpired = expiresAtMs === null || expiresAtMs <= nowMs;
  const data = { header: parts.header, claims: parts.claims, signature, expired: isExpired };
  await output.result(data, () => describe(parts, signature, nowMs));
  return isExpired || signature === 'bad' || signature === 'stranger' ? exitCodes.auth : exitCodes.ok;
}

function timeOf({ claims }: TokenParts, claim: string): number | null {
  const seconds = claims[claim];
  return typeof seconds === 'number' && Math.abs(seconds) < 8.64e12 ? seconds * 1_000 : null;
}

const times: Readonly<Record<string, string>> = { exp: 'expires', iat: 'issued', nbf: 'not before' };

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function describe(parts: TokenParts, signature: SignatureState, nowMs: number): string {
  const claims = Object.entries(parts.claims).map(([name, value]) => {
    const atMs = Object.hasOwn(times, name) ? timeOf(parts, name) : null;
    if (atMs === null) return [name, textOf(value)] as const;
    return [times[name] ?? name, `${new Date(atMs).toISOString()}, ${describeMoment(atMs, nowMs)}`] as const;
  });
  const meaning = {
    good: 'good',
    bad: 'bad: another key signed it, or it was changed',
    stranger: 'bad: no key here has that id, and a server with these keys refuses it',
    unknown: 'unknown: the key that signed it is not here',
  }[signature];
  const noExpiry = timeOf(parts, 'exp') === null ? [['expires', 'never said: the server refuses it'] as const] : [];
  const rows = [
    ['algorithm', String(parts.header.alg)] as const,
    ...(parts.header.kid === undefined ? [] : [['key', textOf(parts.header.kid)] as const]),
    ...claims,
    ...noExpiry,
    ['signature', meaning] as const,
  ];
  const widest = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${oneLine(name).padEnd(widest)}  ${oneLine(value)}\n`).join('');
}

/** One line of at most a token's length; Ctrl-C ends the waiting. */
async function readStdin(io: Io): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const stop = () => void io.stdin.destroy(new Error('interrupted'));
  io.signal.addEventListener('abort', stop, { once: true });
  for await (const chunk of io.stdin) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > limits.token + 2) throw new CliError(exitCodes.usage, 'stdin is too long to hold a token');
    chunks.push(bytes);
  }
  io.signal.removeEventListener('abort', stop);
  return Buffer.concat(chunks).toString('utf8').trim();
}
