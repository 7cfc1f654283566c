// Takeover in mid-answer: each user has an admin of their own, who takes the session while the model writes, listens to what is said, and hands it back.
import { createTrouble } from './lanes.mjs';
import { maskedFrame } from './wire.mjs';

/** Words of 2 ms each, far more than are ever read. */
const question = '/echo words=20000 delay=2ms';
/** How long the model has written when it is cut, at most, in milliseconds. */
const mostWrittenMs = 40;
/** Messages that the user sends while the admin holds the session. */
const messages = 3;
const deadlineMs = 10_000;
/** How much longer than asked for a run may take, for as many takeovers as are wanted. */
const mostExtraMs = 30_000;

/** Messages sent so far, in all runs: a server takes the same id for the same message. */
let sent = 0;

/** One user and one admin. Rounds follow each other until `isOver`. */
function pair(user, admin, { isMeasuring, lasts, acks, trouble }) {
  const waits = new Set();
  let session = '';
  let lastPieceAt = 0;
  /** Sockets that heard who took the session, and not yet that it was given back: to them the model is silent. */
  const silenced = new Set();
  /** Answers whose end a socket heard, by socket: one that comes in is shown what was written before it hears who took the session, another may be ahead. */
  const cutTurns = new Map([user, admin].map((socket) => [socket, new Set()]));
  const hear = (socket) => (bytes, begin, end) => {
    const frame = JSON.parse(bytes.toString('utf8', begin, end));
    if (frame.type === 'error') trouble.add(JSON.stringify(frame));
    if (frame.type === 'admin_join') silenced.add(socket);
    else if (frame.type === 'admin_leave') silenced.delete(socket);
    else if (frame.metadata?.end === 'interrupted') cutTurns.get(socket).add(frame.turn_id);
    else if (frame.type === 'ai_response' && frame.metadata?.done === 'false') {
      if (socket === user) lastPieceAt = performance.now();
      if (silenced.has(socket) || cutTurns.get(socket).has(frame.turn_id))
        trouble.add(`a piece of the old answer reached the ${socket === user ? 'user' : 'admin'} after its admin_join`);
    }
    for (const wait of waits) {
      if (wait.socket !== socket || !wait.fits(frame)) continue;
      waits.delete(wait);
      wait.resolve(frame);
    }
  };
  user.onFrame = hear(user);
  admin.onFrame = hear(admin);
  const heard = (socket, fits) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('a takeover stood still')), deadlineMs);
      const settle = (frame) => {
        clearTimeout(timer);
        resolve(frame);
      };
      waits.add({ socket, fits, resolve: settle });
    });
  const send = (lane, frame) => lane.socket.send(maskedFrame(JSON.stringify(frame)));
  const say = async (content) => {
    sent += 1;
    const messageId = `takeover-${sent}`;
    const acked = heard(user, (frame) => frame.type === 'message_ack' && frame.message_id === messageId);
    const sentAt = performance.now();
    send(user, { type: 'user_message', message_id: messageId, content });
    const ack = await acked;
    return { ack, tookMs: performance.now() - sentAt };
  };

  return async function round() {
    const begun = heard(user, (frame) => frame.type === 'ai_response');
    session = (await say(question)).ack.session_id;
    await begun;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * mostWrittenMs));
    const cut = heard(user, (frame) => frame.type === 'ai_response' && frame.metadata?.end === 'interrupted');
    const askedAt = performance.now();
    send(admin, { type: 'admin_join', session_id: session });
    await cut;
    if (isMeasuring()) lasts.push(Math.max(0, lastPieceAt - askedAt));
    for (let number = 0; number < messages; number += 1) {
      const { tookMs } = await say('x'.repeat(100));
      if (isMeasuring()) acks.push(tookMs);
    }
    const left = heard(user, (frame) => frame.type === 'admin_leave');
    send(admin, { type: 'admin_leave', session_id: session });
    await left;
  };
}

/**
 * Takes over for `warmupMs + durationMs`, and on until it was done `atLeast` times in the second part. A piece that any socket hears of an answer after it heard
 * who took the session is trouble. Gives, for the second part, the milliseconds from each command to the last piece that the user heard, and from
 * each message to its ack.
 */
export async function takeovers(users, admins, { warmupMs, durationMs, atLeast = 0 }) {
  const trouble = createTrouble();
  const [lasts, acks] = [[], []];
  const startedAt = performance.now();
  const elapsed = () => performance.now() - startedAt;
  const isMeasuring = () => elapsed() >= warmupMs;
  const drive = async (user, at) => {
    const round = pair(user, admins[at], { isMeasuring, lasts, acks, trouble });
    const endMs = warmupMs + durationMs;
    while (elapsed() < endMs || (lasts.length < atLeast && elapsed() < endMs + mostExtraMs)) await round();
  };
  await Promise.all(users.map(drive));
  for (const lane of [...users, ...admins])
    if (lane.closed !== null) trouble.add(`a socket was closed: ${lane.closed}`);
  return { lasts: Float64Array.from(lasts), acks: Float64Array.from(acks), trouble: trouble.report() };
}
