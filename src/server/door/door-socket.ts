// Station: door. A WebSocket that knows its connection, so that all sockets share their listeners. Called by the upgrade and by the connection.
import { WebSocket } from 'ws';
import type { Connection } from './connection.js';

/** The library's socket, and the connection that it carries. */
export class DoorSocket extends WebSocket {
  connection: Connection | null = null;
}
