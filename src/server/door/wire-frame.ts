// Station: door. A frame as it goes on the wire: one unmasked WebSocket text frame, its bytes made once for all sockets. Called by the connection.
import type { OutboundFrame } from '../../protocol/outbound.js';
import type { SharedFrame } from '../ports/participant.js';
import { frameText } from './frame-text.js';

const finalText = 0x81;

/** The bytes of a shared frame; the first socket that needs them makes them. */
export function wireOf(shared: SharedFrame): Uint8Array {
  shared.wire ??= encodeFrame(shared.frame);
  return shared.wire;
}

/** Header and UTF-8 payload in one buffer (RFC 6455, section 5.2; a server's frames carry no mask). */
export function encodeFrame(frame: OutboundFrame): Uint8Array {
  const json = frameText(frame);
  const length = Buffer.byteLength(json, 'utf8');
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
  // Most frames are ASCII, for which the Latin-1 writer does the same with less work.
  bytes.write(json, start, length === json.length ? 'latin1' : 'utf8');
  return bytes;
}
