// Peer: socket.io 4, WebSocket transport only, every message sent back as it came.
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { residentBytes, serveParent } from '../lib/child.mjs';

serveParent({
  listen() {
    const http = createServer();
    const io = new Server(http, {
      transports: ['websocket'],
      perMessageDeflate: false,
      serveClient: false,
      // Its pings are messages, which the load does not answer: it would be cut off in a run of more than 45 s. Those of `ws` it answers.
      pingInterval: 3_600_000,
    });
    io.on('connection', (socket) => socket.on('message', (body) => socket.emit('message', body)));
    return new Promise((resolve) =>
      http.listen(0, '127.0.0.1', 1024, () =>
        resolve({ port: http.address().port, path: '/socket.io/?EIO=4&transport=websocket' }),
      ),
    );
  },
  resident: residentBytes,
});
