// Station: door. A WebSocket that knows its connection, so that all sockets share their listeners. Called by the socket door.
import { type RawData, WebSocket } from 'ws';
import type { Connection } from './connection.js';

/** The library's socket, and the connection that it carries. */
export class DoorSocket extends WebSocket {
  connection: Connection | null = null;

  /** Joins the two: from now on what happens to the socket reaches the connection. */
  carry(connection: Connection): void {
    this.connection = connection;
    this.on('message', onMessage);
    this.on('ping', onLife);
    this.on('pong', onLife);
    this.on('error', onError);
    this.on('close', onClose);
  }
}

function onMessage(this: WebSocket, data: RawData): void {
  if (this instanceof DoorSocket && Buffer.isBuffer(data)) this.connection?.received(data);
}

function onLife(this: WebSocket): void {
  if (this instanceof DoorSocket) this.connection?.sawLife();
}

/** The library closes the socket itself after a broken frame, with the fitting code. */
function onError(this: WebSocket, error: Error): void {
  if (this instanceof DoorSocket) this.connection?.failed(error);
}

function onClose(this: WebSocket): void {
  if (!(this instanceof DoorSocket)) return;
  const { connection } = this;
  this.connection = null;
  connection?.gone();
}
