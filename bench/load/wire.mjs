// As little WebSocket as a load generator needs: masked frames made once, server frames read in place.

const mask = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);
const headerBytes = 8;

/** A masked text frame of a payload of 126 to 65,535 bytes (longer ones pay the same header), ready for the wire. */
export function maskedFrame(text, opcode = 0x1) {
  const payload = Buffer.from(text);
  const short = payload.length < 126;
  const head = short ? 6 : headerBytes;
  const frame = Buffer.allocUnsafe(head + payload.length);
  frame[0] = 0x80 | opcode;
  if (short) frame[1] = 0x80 | payload.length;
  else {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(payload.length, 2);
  }
  mask.copy(frame, head - 4);
  for (let at = 0; at < payload.length; at += 1) frame[head + at] = payload[at] ^ mask[at & 3];
  return frame;
}

/** Makes a function that writes a number, as `width` digits, over the place in `frame` where `text` has `marker`. */
export function numberedFrame(text, marker) {
  const frame = maskedFrame(text);
  const head = frame.length - Buffer.byteLength(text);
  const start = Buffer.from(text).indexOf(marker);
  const width = marker.length;
  return {
    frame,
    number(target, value) {
      let rest = value;
      for (let at = start + width - 1; at >= start; at -= 1) {
        target[head + at] = (0x30 + (rest % 10)) ^ mask[at & 3];
        rest = Math.floor(rest / 10);
      }
    },
  };
}

/** Reads unmasked frames out of a byte stream. `onFrame(bytes, start, end, opcode)` sees the payload in place, valid until it returns. */
export function createFrameReader(onFrame) {
  let rest = null;
  return (chunk) => {
    const bytes = rest === null ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 2) {
      const short = bytes[at + 1] & 0x7f;
      let head = 2;
      let length = short;
      if (short === 126) {
        if (bytes.length - at < 4) break;
        head = 4;
        length = (bytes[at + 2] << 8) | bytes[at + 3];
      } else if (short === 127) {
        if (bytes.length - at < 10) break;
        head = 10;
        length = Number(bytes.readBigUInt64BE(at + 2));
      }
      if (bytes.length - at < head + length) break;
      onFrame(bytes, at + head, at + head + length, bytes[at] & 0x0f);
      at += head + length;
    }
    rest = at === bytes.length ? null : Buffer.from(bytes.subarray(at));
  };
}
