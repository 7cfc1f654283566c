// Station: test/helpers. A TCP proxy before a MongoDB server that spoils the answers to inserts: drops them, or puts an error in their place. Called by tests of faults.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { BSON } from 'mongodb';
import { onTestFinished } from 'vitest';

/** What becomes of the next insert: nobody hears its answer; it does not arrive; or its answer is this document (the insert itself was done). */
export type Spoiling = 'drop reply' | 'drop request' | { readonly reply: Readonly<Record<string, unknown>> };

/** The proxy. */
export interface MongoProxy {
  readonly uri: string;
  /** Spoils the next insert into `collection`, once. Resolves when it has happened. */
  spoil(how: Spoiling, collection: string): Promise<void>;
}

const headerLength = 16;
const opMessage = 2013;

/** Starts a proxy before 127.0.0.1:`port`. */
export async function mongoProxy(port: number): Promise<MongoProxy> {
  const sockets = new Set<Socket>();
  let spoiling: { readonly how: Spoiling; readonly collection: string; done(): void } | null = null;

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
        const { how, collection } = spoiling ?? {};
        if (how !== undefined && insertsInto(message) === collection) {
          spoiling?.done();
          spoiling = null;
          if (how === 'drop request') return end();
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
        if (typeof how === 'string') return end();
        client.write(answer(message, how.reply));
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
    spoil: (how, collection) =>
      new Promise((resolve) => {
        spoiling = { how, collection, done: resolve };
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

/** The collection that a message inserts into; undefined for any other message. */
function insertsInto(message: Buffer): string | undefined {
  if (message.readInt32LE(12) !== opMessage) return undefined;
  for (let at = headerLength + 4; at < message.length; ) {
    const kind = message[at];
    const length = message.readInt32LE(at + 1);
    if (kind === 0) {
      const command = BSON.deserialize(message.subarray(at + 1, at + 1 + length));
      return typeof command.insert === 'string' ? command.insert : undefined;
    }
    at += 1 + length;
  }
  return undefined;
}

function answer(message: Buffer, document: Readonly<Record<string, unknown>>): Buffer {
  const body = BSON.serialize(document);
  const bytes = Buffer.concat([message.subarray(0, headerLength), Buffer.alloc(5), body]);
  bytes.writeInt32LE(bytes.length, 0);
  return bytes;
}
