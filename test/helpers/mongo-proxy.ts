// Station: test/helpers. A TCP proxy before a MongoDB server that spoils writes: cuts them or their answers off, in the middle too, or answers with an error. Called by tests of faults.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { BSON } from 'mongodb';
import { onTestFinished } from 'vitest';

/**
 * What becomes of the next write: nobody hears its answer, or half of it; it does not arrive, or half of it does; its answer is this document, or has
 * these fields too, and the write itself was done; or it is refused with this document, and was not done.
 */
export type Spoiling =
  | 'drop reply'
  | 'cut reply'
  | 'drop request'
  | 'cut request'
  | { readonly reply: Readonly<Record<string, unknown>> }
  | { readonly alsoReply: Readonly<Record<string, unknown>> }
  | { readonly refusal: Readonly<Record<string, unknown>> };

/** The commands that can be spoilt. */
type WriteCommand = 'insert' | 'update' | 'findAndModify';

/** The proxy. */
export interface MongoProxy {
  readonly uri: string;
  /** Spoils the next insert into `collection`, or the next such command on it, once. Resolves when it has happened. */
  spoil(how: Spoiling, collection: string, command?: WriteCommand): Promise<void>;
}

const headerLength = 16;
/** Behind the flags and the kind of the first section. */
const bodyAt = headerLength + 5;
const opMessage = 2013;

/** Starts a proxy before 127.0.0.1:`port`. */
export async function mongoProxy(port: number): Promise<MongoProxy> {
  const sockets = new Set<Socket>();
  let spoiling: {
    readonly how: Spoiling;
    readonly collection: string;
    readonly command: WriteCommand;
    done(): void;
  } | null = null;

  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    const awaited = new Map<number, Spoiling>();
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    client.on(
      'data',
      framed((message) => {
        if (spoiling !== null && targetOf(message, spoiling.command) === spoiling.collection) {
          const { how } = spoiling;
          spoiling.done();
          spoiling = null;
          if (how === 'drop request') return end();
          if (how === 'cut request') return void upstream.write(half(message), end);
          if (typeof how === 'object' && 'refusal' in how) return void client.write(answerTo(message, how.refusal));
          awaited.set(message.readInt32LE(4), how);
        }
        upstream.write(message);
      }),
    );
    upstream.on(
      'data',
      framed((message) => {
        const how = awaited.get(message.readInt32LE(8));
        if (how === undefined) return void client.write(message);
        if (how === 'cut reply') return void client.write(half(message), end);
        if (typeof how === 'string' || 'refusal' in how) return end();
        const body = 'reply' in how ? how.reply : { ...BSON.deserialize(message.subarray(bodyAt)), ...how.alsoReply };
        client.write(withBody(message.subarray(0, headerLength), body));
      }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    uri: `mongodb://127.0.0.1:${address.port}/?directConnection=true`,
    spoil: (how, collection, command = 'insert') =>
      new Promise((resolve) => {
        spoiling = { how, collection, command, done: resolve };
      }),
  };
}

/** Gives whole messages to `take`, however they are cut (MongoDB wire protocol: the first four bytes are the length). */
function framed(take: (message: Buffer) => void): (part: Buffer) => void {
  let waiting: Buffer = Buffer.alloc(0);
  return (part) => {
    waiting = Buffer.concat([waiting, part]);
    while (waiting.length >= headerLength && waiting.length >= waiting.readInt32LE(0)) {
      const length = waiting.readInt32LE(0);
      const message = waiting.subarray(0, length);
      waiting = waiting.subarray(length);
      take(Buffer.from(message));
    }
  };
}

/** The collection that a message is such a command on; undefined for any other message. */
function targetOf(message: Buffer, wanted: WriteCommand): string | undefined {
  if (message.readInt32LE(12) !== opMessage) return undefined;
  for (let at = headerLength + 4; at < message.length; ) {
    const kind = message[at];
    const length = message.readInt32LE(at + 1);
    if (kind === 0) {
      const command = BSON.deserialize(message.subarray(at + 1, at + 1 + length));
      const target: unknown = command[wanted];
      return typeof target === 'string' ? target : undefined;
    }
    at += 1 + length;
  }
  return undefined;
}

function half(message: Buffer): Buffer {
  return message.subarray(0, Math.ceil(message.length / 2));
}

/** An answer to a request, as its server would give it. */
function answerTo(request: Buffer, document: Readonly<Record<string, unknown>>): Buffer {
  const header = Buffer.alloc(headerLength);
  header.writeInt32LE(request.readInt32LE(4), 8);
  header.writeInt32LE(opMessage, 12);
  return withBody(header, document);
}

/** A message with that header and one document. */
function withBody(header: Buffer, document: Readonly<Record<string, unknown>>): Buffer {
  const bytes = Buffer.concat([header, Buffer.alloc(5), BSON.serialize(document)]);
  bytes.writeInt32LE(bytes.length, 0);
  return bytes;
}
