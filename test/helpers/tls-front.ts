// Station: test/helpers. A server that speaks TLS before one that does not, as a database with TLS would. Called by tests of TLS.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Certificate } from './certificate.js';

/** The server. */
export interface TlsFront {
  readonly port: number;
  /** Ends it with all its connections. */
  close(): Promise<void>;
}

/** Starts one before 127.0.0.1:`port`. */
export async function tlsFront(port: number, { pem: cert, keyPem: key }: Certificate): Promise<TlsFront> {
  const sockets = new Set<Socket>();
  const server = createServer({ cert, key }, (client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  // Before TLS is agreed too: whoever never agrees must not keep it open.
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
