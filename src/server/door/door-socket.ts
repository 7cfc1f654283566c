// Station: door. A WebSocket whose events go straight to its connection. Made by the protocol server, called by the library.
import { WebSocket } from 'ws';
import type { Connection } from './connection.js';

/** The library's socket, and the connection that it carries. It keeps no table of listeners: for an idle socket that would be memory for nothing. */
export class DoorSocket extends WebSocket {
  connection: Connection | null = null;

  // One argument is all that is looked at; to gather the rest would cost an array for each frame.
  override emit(event: string | symbol, value?: unknown): boolean {
    const { connection } = this;
    if (connection === null) return false;
    switch (event) {
      case 'message':
        if (Buffer.isBuffer(value)) connection.received(value);
        return true;
      case 'ping':
        if (Buffer.isBuffer(value)) connection.pinged(value);
        return true;
      case 'pong':
        connection.sawLife();
        return true;
      case 'error':
        connection.failed(value instanceof Error ? value : new Error('unknown socket failure'));
        return true;
      case 'close':
        this.connection = null;
        connection.gone();
        return true;
      default:
        return false;
    }
  }
}
