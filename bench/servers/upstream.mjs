// The model that the relays ask: OpenAI's stream over plain net, bytes made before they are needed, because it shares a core with the load generator.
import { createServer } from 'node:net';
import { serveParent, sharedMicros } from '../lib/child.mjs';

const responseHead = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n',
);
const stampDigits = 16;
const paceTickMs = 1;

/** One event of the stream, in one piece of HTTP's chunked coding. */
function event(body) {
  const data = typeof body === 'string' ? body : JSON.stringify(body);
  const text = `data: ${data}\n\n`;
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}

const shape = (delta, finish, extra = {}) => ({
  id: 'chatcmpl-bench',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model: 'bench',
  choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  ...extra,
});
const opening = event(shape({ role: 'assistant', content: '' }, null));
const usage = { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 };
const closing = Buffer.concat([
  event(shape({}, 'stop')),
  event({ ...shape({}, null), choices: [], usage }),
  event('[DONE]'),
  Buffer.from('0\r\n\r\n'),
]);
const textEvent = (text) => event(shape({ content: text }, null));

/** How to answer from now on. */
let mode = { kind: 'whole', whole: Buffer.alloc(0) };
const streams = new Set();
let pacer = null;

const stampEvent = textEvent('0'.repeat(stampDigits));
const stampAt = stampEvent.indexOf('0'.repeat(stampDigits));

function stamped() {
  const bytes = Buffer.from(stampEvent);
  bytes.latin1Write(String(sharedMicros()).padStart(stampDigits, '0'), stampAt);
  return bytes;
}

function answer(socket) {
  if (mode.kind === 'whole') {
    socket.write(mode.whole);
    return;
  }
  if (mode.kind === 'blocks') {
    writeBlocks(socket, mode, 0);
    return;
  }
  const stream = {
    socket,
    left: mode.pieces,
    everyMs: mode.everyMs,
    nextAt: performance.now() + Math.random() * mode.everyMs,
  };
  socket.write(Buffer.concat([responseHead, opening]));
  streams.add(stream);
}

/** Blocks of events as fast as the reader takes them. */
function writeBlocks(socket, plan, from) {
  for (let block = from; block < plan.blocks.length; block += 1) {
    if (socket.destroyed) return;
    if (!socket.write(plan.blocks[block])) {
      socket.once('drain', () => writeBlocks(socket, plan, block + 1));
      return;
    }
  }
}

function pace() {
  const now = performance.now();
  for (const stream of streams) {
    if (stream.socket.destroyed) streams.delete(stream);
    else if (stream.left === 0) {
      stream.socket.write(closing);
      streams.delete(stream);
    } else if (stream.nextAt <= now) {
      stream.socket.write(stamped());
      stream.left -= 1;
      stream.nextAt += stream.everyMs;
    }
  }
}

/** Calls `answer` once for each whole request on a kept-alive connection. */
function onConnection(socket) {
  let pending = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (;;) {
      const split = pending.indexOf('\r\n\r\n');
      if (split === -1) return;
      const head = pending.toString('latin1', 0, split).toLowerCase();
      const length = /\r\ncontent-length: (\d+)/.exec(head);
      const end = length === null ? pending.indexOf('0\r\n\r\n', split + 4) + 5 : split + 4 + Number(length[1]);
      if (length === null && end < split + 9) return;
      if (pending.length < end) return;
      pending = pending.subarray(end);
      answer(socket);
    }
  });
}

serveParent({
  listen() {
    const server = createServer(onConnection);
    return new Promise((resolve) =>
      server.listen(0, '127.0.0.1', 4096, () => resolve({ port: server.address().port })),
    );
  },
  /** Every answer in one write: so many pieces of that text. */
  whole({ pieces, text }) {
    const events = Array.from({ length: pieces }, () => textEvent(text));
    mode = { kind: 'whole', whole: Buffer.concat([responseHead, opening, ...events, closing]) };
    return { chars: pieces * text.length };
  },
  /** Answers of many pieces, so many events a write, as fast as they are read. */
  blocks({ pieces, text, perWrite }) {
    const one = textEvent(text);
    const blocks = [Buffer.concat([responseHead, opening])];
    for (let done = 0; done < pieces; done += perWrite) {
      blocks.push(Buffer.concat(Array.from({ length: Math.min(perWrite, pieces - done) }, () => one)));
    }
    blocks.push(closing);
    mode = { kind: 'blocks', blocks };
    return { chars: pieces * text.length };
  },
  /** Answers of stamped pieces, one every so many milliseconds. */
  paced({ pieces, everyMs }) {
    mode = { kind: 'paced', pieces, everyMs };
    if (pacer === null) pacer = setInterval(pace, paceTickMs);
    return { chars: pieces * stampDigits };
  },
});
