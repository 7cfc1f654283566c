// Station: door. The WebSocket library, told what it may do: handshake, framing, control frames, and nothing else. Called by the socket door.
import type { IncomingMessage } from 'node:http';
import { type ServerOptions, WebSocketServer } from 'ws';
import { subprotocol } from './credentials.js';
import { DoorSocket } from './door-socket.js';

/** Chunks and fragments of one frame, so that a megabyte that comes byte by byte does not cost fifty. */
const receiverBounds = { maxBufferedChunks: 4_096, maxFragments: 1_024 } as const;

/** The library's options; its type does not know `closeTimeout` yet. */
type ProtocolOptions = ServerOptions<typeof DoorSocket, typeof IncomingMessage> & { readonly closeTimeout: number };

/** Makes the library's server. Frames over `maxFrameBytes` close their socket with 1009. */
export function createProtocolServer(bounds: { readonly maxFrameBytes: number; readonly closeGraceMs: number }) {
  const options: ProtocolOptions = {
    noServer: true,
    clientTracking: false,
    // Seven times slower, and a way to make a megabyte of a kilobyte.
    perMessageDeflate: false,
    maxPayload: bounds.maxFrameBytes,
    // Text that is not UTF-8 costs one error frame, not the socket: dispatch looks at the bytes.
    skipUTF8Validation: true,
    closeTimeout: bounds.closeGraceMs,
    // The connection answers pings: the library's own way keeps a function for each socket.
    autoPong: false,
    // An unanswered list would echo the first offer, which may be the token.
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
    WebSocket: DoorSocket,
    ...receiverBounds,
  };
  return new WebSocketServer(options);
}
