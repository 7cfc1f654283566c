// Peer: the least that a WebSocket server can do. Every message goes back as it came; nobody is asked who they are, nothing is checked, nothing is kept.
import { WebSocketServer } from 'ws';
import { residentBytes, serveParent } from '../lib/child.mjs';

serveParent({
  listen() {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false, backlog: 1024 });
    server.on('connection', (socket) =>
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
    );
    return new Promise((resolve) =>
      server.once('listening', () => resolve({ port: server.address().port, path: '/' })),
    );
  },
  resident: residentBytes,
});
