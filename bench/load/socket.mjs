// A WebSocket client on a plain net socket: upgrades, answers pings, hands every text frame to `onText`.
import { connect } from 'node:net';
import { createFrameReader, maskedFrame } from './wire.mjs';

const upgradeDeadlineMs = 20_000;
const readBuffer = Buffer.allocUnsafeSlow(256 * 1024);

/** Opens one socket. Resolves once it is upgraded; rejects with what the server said instead. */
function openSocket({ port, path, headers = {}, localAddress }) {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    let isOpen = false;
    const socket = {
      onText: () => undefined,
      onClose: () => undefined,
      closeCode: null,
      send: (frame) => net.write(frame),
      end: () => net.destroy(),
    };
    const read = createFrameReader((bytes, start, end, opcode) => {
      if (opcode === 0x1) socket.onText(bytes, start, end);
      else if (opcode === 0x9) net.write(maskedFrame(bytes.subarray(start, end), 0xa));
      else if (opcode === 0x8) socket.closeCode = end - start >= 2 ? bytes.readUInt16BE(start) : 1005;
    });
    const timer = setTimeout(() => net.destroy(new Error('no upgrade in time')), upgradeDeadlineMs);
    const onRead = (length, buffer) => {
      const chunk = buffer.subarray(0, length);
      if (isOpen) {
        read(chunk);
        return true;
      }
      head = Buffer.concat([head, chunk]);
      const split = head.indexOf('\r\n\r\n');
      if (split === -1) return true;
      const text = head.subarray(0, split).toString('latin1');
      if (!text.startsWith('HTTP/1.1 101')) {
        net.destroy(new Error(`not upgraded: ${head.toString('latin1').slice(0, 300)}`));
        return true;
      }
      isOpen = true;
      clearTimeout(timer);
      const early = Buffer.from(head.subarray(split + 4));
      head = Buffer.alloc(0);
      resolve(socket);
      // What came with the upgrade waits until whoever opened this has set onText.
      if (early.length > 0) queueMicrotask(() => queueMicrotask(() => read(early)));
      return true;
    };
    const net = connect({
      port,
      host: '127.0.0.1',
      localAddress,
      noDelay: true,
      onread: { buffer: readBuffer, callback: onRead },
    });
    net.on('connect', () => {
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      net.write(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${lines.join('')}\r\n`,
      );
    });
    net.on('error', (error) => {
      clearTimeout(timer);
      socket.onClose(error);
      reject(error);
    });
    net.on('close', () => {
      clearTimeout(timer);
      socket.onClose(null);
      reject(new Error('closed before the upgrade'));
    });
  });
}

/** Opens `count` sockets, `atOnce` at a time; `describe(index)` gives the options of each, `opened(socket, index)` sees it before its first frame. */
export async function openSockets(count, describe, opened, atOnce = 50) {
  const sockets = new Array(count);
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next++;
      const socket = await openSocket(describe(index));
      sockets[index] = socket;
      await opened(socket, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
  return sockets;
}
