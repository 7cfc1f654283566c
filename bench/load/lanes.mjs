// Opened sockets with what the load generator keeps of each. A lane speaks chatbox's frames, plainly or inside socket.io's.
import { openSockets } from './socket.mjs';
import { maskedFrame, numberedFrame } from './wire.mjs';

const marker = '000000000000';
const messageBytes = 200;
const socketIoLead = '42["message",';

/** Each opening makes ids of its own: a server that was talked to before would take the same id for the same message. */
let opening = 0;

/** A user's message of exactly 200 bytes whose id ends in the marker. */
function messageText(lane, lead) {
  const id = `${(opening * 0x10000 + lane).toString(16).padStart(8, '0')}-0000-4000-8000-${marker}`;
  const body = (content) => JSON.stringify({ type: 'user_message', message_id: id, content });
  const content = 'x'.repeat(messageBytes - body('').length);
  return lead === '' ? body(content) : `${lead}${body(content)}]`;
}

/** First letter of a frame's type: enough to tell the frames apart that a load sees (ack, echo, error, …). */
export const kinds = {
  ack: 'm',
  user: 'u',
  error: 'e',
  answer: 'a',
  pong: 'p',
  status: 'c',
  loading: 'l',
  notification: 'n',
};

const typeLead = '{"type":"';

/** Opens `count` lanes and waits until each may talk. `perSession` sockets in a row share a token. */
export async function openLanes({ port, path, count, tokens, perSession = 1, protocol = 'ws', addresses = 1, atOnce }) {
  opening += 1;
  const lead = protocol === 'socket.io' ? socketIoLead : '';
  const offset = lead.length + typeLead.length;
  const isChatbox = tokens !== undefined;
  const lanes = [];
  const describe = (index) => ({
    port,
    path,
    localAddress: `127.0.0.${2 + (index % addresses)}`,
    headers: isChatbox ? { Authorization: `Bearer ${tokens[Math.floor(index / perSession)]}` } : {},
  });
  const opened = (socket, index) =>
    new Promise((resolve, reject) => {
      const { frame, number } = numberedFrame(messageText(index, lead), marker);
      const lane = {
        index,
        socket,
        offset,
        frame,
        number,
        next: 0,
        onFrame: () => undefined,
        closed: null,
        state: null,
      };
      lanes[index] = lane;
      socket.onClose = (error) => {
        lane.closed = error?.message ?? `closed with ${socket.closeCode}`;
        reject(new Error(lane.closed));
      };
      const ready = () => {
        socket.onText = (bytes, start, end) => lane.onFrame(bytes, start, end);
        resolve();
      };
      socket.onText = (bytes, start, end) => {
        const text = bytes.toString('utf8', start, end);
        if (protocol === 'socket.io') {
          if (text.startsWith('0')) socket.send(maskedFrame('40'));
          else if (text.startsWith('40')) ready();
        } else if (text.startsWith(typeLead)) ready();
        else reject(new Error(`the first frame does not begin with its type: ${text.slice(0, 100)}`));
      };
      if (protocol === 'ws' && !isChatbox) ready();
    });
  await openSockets(count, describe, opened, atOnce);
  return lanes;
}

/** Sends the lane's next message, in a buffer of its own when several are in flight. */
export function sendNext(lane, frame) {
  lane.number(frame, lane.next);
  lane.next += 1;
  lane.socket.send(frame);
}

/** What a load met that it should not have: the first few are kept, the rest counted. */
export function createTrouble() {
  const seen = [];
  let count = 0;
  return {
    add(text) {
      count += 1;
      if (seen.length < 3) seen.push(text.slice(0, 300));
    },
    report: () => ({ count, seen }),
  };
}
