// Station: door. A frame as it goes on the wire: one unmasked WebSocket text frame, made once for all sockets. Called by the connection.
import type { OutboundFrame } from '../../protocol/outbound.js';
import type { SharedFrame, Wire } from '../ports/participant.js';
import { frameText } from './frame-text.js';

const finalText = 0x81;

/** The wire form of a shared frame; the first socket that needs it makes it. */
export function wireOf(shared: SharedFrame): Wire {
  shared.wire ??= encodeFrame(shared.frame);
  return shared.wire;
}

/** Header and payload in one (RFC 6455, section 5.2; a server's frames carry no mask). */
export function encodeFrame(frame: OutboundFrame): Wire {
  const json = frameText(frame);
  const length = Buffer.byteLength(json, 'utf8');
  // Most frames are ASCII: as text they go to the socket without a buffer of their own.
  if (length === json.length && length < 65_536) return asciiHeader(length) + json;
  const start = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const bytes = Buffer.allocUnsafe(start + length);
  bytes[0] = finalText;
  if (start === 2) {
    bytes[1] = length;
  } else if (start === 4) {
    bytes[1] = 126;
    bytes.writeUInt16BE(length, 2);
  } else {
    bytes[1] = 127;
    bytes.writeUInt32BE(0, 2);
    bytes.writeUInt32BE(length, 6);
  }
  bytes.write(json, start, 'utf8');
  return bytes;
}

function asciiHeader(length: number): string {
  return length < 126
    ? String.fromCharCode(finalText, length)
    : String.fromCharCode(finalText, 126, length >> 8, length & 0xff);
}
