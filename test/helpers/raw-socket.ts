// Station: test/helpers. A WebSocket client that is nothing but a TCP socket, so that tests can be as hostile as they like. Called by tests of the door.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { eventually } from './poll.js';

/** A frame as a server sent it. */
export interface RawFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** A frame as a client may wish to send it; the defaults make a correct text frame. */
export interface HostileFrame {
  readonly opcode?: number;
  readonly fin?: boolean;
  readonly rsv?: number;
  readonly isMasked?: boolean;
  /** What the header claims; default the payload's true length. */
  readonly claimedLength?: number;
}

/** How to open. */
export interface RawConnectOptions {
  readonly port: number;
  /** Default `/chatbox/ws`. */
  readonly target?: string;
  readonly method?: string;
  /** Added to the handshake headers; null leaves one of those out. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** From another loopback address, to be counted apart. */
  readonly localAddress?: string;
}

/** Takes whole unmasked frames off the front of `bytes`. */
export function decodeServerFrames(bytes: Buffer): { readonly frames: RawFrame[]; readonly rest: Buffer } {
  const frames: RawFrame[] = [];
  let rest = bytes;
  for (;;) {
    if (rest.length < 2) return { frames, rest };
    const short = (rest[1] ?? 0) & 0x7f;
    const start = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (rest.length < start) return { frames, rest };
    const length = short === 126 ? rest.readUInt16BE(2) : short === 127 ? Number(rest.readBigUInt64BE(2)) : short;
    if (rest.length < start + length) return { frames, rest };
    frames.push({ opcode: (rest[0] ?? 0) & 0x0f, payload: rest.subarray(start, start + length) });
    rest = rest.subarray(start + length);
  }
}

/** Encodes a client's frame, correct or not. */
export function encodeClientFrame(payload: Buffer | string, frame: HostileFrame = {}): Buffer {
  const body = Buffer.from(payload);
  const { opcode = 1, fin = true, rsv = 0, isMasked = true, claimedLength = body.length } = frame;
  const maskBit = isMasked ? 0x80 : 0;
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  let head: Buffer;
  if (claimedLength < 126) {
    head = Buffer.from([first, maskBit | claimedLength]);
  } else if (claimedLength < 65_536) {
    head = Buffer.from([first, maskBit | 126, claimedLength >> 8, claimedLength & 0xff]);
  } else {
    head = Buffer.alloc(10);
    head[0] = first;
    head[1] = maskBit | 127;
    head.writeBigUInt64BE(BigInt(claimedLength), 2);
  }
  if (!isMasked) return Buffer.concat([head, body]);
  const mask = randomBytes(4);
  for (let at = 0; at < body.length; at += 1) body[at] = (body[at] ?? 0) ^ (mask[at % 4] ?? 0);
  return Buffer.concat([head, mask, body]);
}

/** The socket, and everything that came down it so far. */
export class RawSocket {
  readonly socket: Socket;
  /** HTTP status of the answer; 101 when the socket opened, 0 before. */
  status = 0;
  headers: Record<string, string> = {};
  /** Body of an HTTP answer that is not 101. */
  body = '';
  readonly frames: RawFrame[] = [];
  /** The TCP connection is over. */
  isGone = false;
  #bytes = Buffer.alloc(0);
  #taken = 0;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes) => this.#receive(Buffer.from(bytes)));
    // A reset is an end like any other here.
    socket.on('error', () => {
      this.isGone = true;
    });
    socket.on('close', () => {
      this.isGone = true;
    });
  }

  /** Text frames so far, as JSON. */
  get messages(): Record<string, unknown>[] {
    return this.frames.filter(({ opcode }) => opcode === 1).map(({ payload }) => JSON.parse(payload.toString('utf8')));
  }

  /** Code of the close frame that came; null when none did. */
  get closeCode(): number | null {
    const close = this.frames.find(({ opcode }) => opcode === 8);
    return close === undefined ? null : close.payload.length < 2 ? 1005 : close.payload.readUInt16BE(0);
  }

  /** The next text frame that was not taken yet. */
  async next(timeoutMs = 5_000): Promise<Record<string, unknown>> {
    const message = await eventually(() => this.messages[this.#taken], { timeoutMs, what: 'the next message' });
    this.#taken += 1;
    return message;
  }

  /** Waits for the close frame and gives its code. */
  closed(timeoutMs = 5_000): Promise<number> {
    return eventually(() => this.closeCode, { timeoutMs, what: 'a close frame' });
  }

  /** Waits for the end of the TCP connection. */
  async gone(timeoutMs = 5_000): Promise<void> {
    await eventually(() => this.isGone, { timeoutMs, what: 'the end of the connection' });
  }

  send(payload: Buffer | string, frame: HostileFrame = {}): void {
    this.socket.write(encodeClientFrame(payload, frame));
  }

  destroy(): void {
    this.socket.destroy();
  }

  #receive(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    if (this.status === 0) {
      const end = this.#bytes.indexOf('\r\n\r\n');
      if (end === -1) return;
      const [first = '', ...lines] = this.#bytes.subarray(0, end).toString('latin1').split('\r\n');
      this.#bytes = this.#bytes.subarray(end + 4);
      this.headers = Object.fromEntries(lines.map((line) => headerOf(line)));
      this.status = Number(first.split(' ')[1]);
    }
    if (this.status !== 101) {
      this.body = this.#bytes.toString('utf8');
      return;
    }
    const { frames, rest } = decodeServerFrames(this.#bytes);
    this.frames.push(...frames);
    this.#bytes = Buffer.from(rest);
  }
}

function headerOf(line: string): [string, string] {
  const at = line.indexOf(':');
  return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
}

/** Opens a TCP connection and sends a handshake; resolves when the head of the answer is there, and for a refusal when the connection is over. */
export async function connectRaw(options: RawConnectOptions): Promise<RawSocket> {
  const { port, localAddress } = options;
  const socket = connect({ port, host: '127.0.0.1', ...(localAddress === undefined ? {} : { localAddress }) });
  socket.setNoDelay(true);
  await once(socket, 'connect');
  const raw = new RawSocket(socket);
  socket.write(handshakeOf(options));
  await eventually(() => raw.status !== 0 || raw.isGone, { what: 'an answer to the handshake' });
  if (raw.status !== 101) await raw.gone();
  return raw;
}

/** The text of a handshake. */
export function handshakeOf(options: Omit<RawConnectOptions, 'port' | 'localAddress'>): string {
  const headers: Record<string, string | null> = {
    Host: 'chatbox.test',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    ...options.headers,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  return `${[`${options.method ?? 'GET'} ${options.target ?? '/chatbox/ws'} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`;
}
