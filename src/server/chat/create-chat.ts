// Station: chat. Puts the core together: the one factory that app calls.
import type { Clock } from '../../common/clock.js';
import type { Participant } from '../ports/participant.js';
import type { AttachRequest, Chat } from './api.js';
import { Attachment } from './attachment.js';
import type { ChatContext, ChatPorts } from './context.js';
import { stamp } from './frames.js';
import { Projector } from './projector.js';
import { Queries } from './queries.js';
import { Registry } from './registry.js';
import { Seat, seatOf } from './seat.js';
import { Sends } from './sends.js';
import type { ChatSettings } from './settings.js';
import { Sweeps } from './sweeps.js';
import { TurnSlots } from './turn-slots.js';
import { Turns } from './turns.js';
import { Users } from './users.js';

/** Makes the core over its ports. Nothing runs before `start`. */
export function createChat(ports: ChatPorts, settings: ChatSettings): Chat {
  const projector = new Projector(ports);
  const context: ChatContext = {
    ...ports,
    settings,
    slots: new TurnSlots(settings.maxConcurrentTurns),
    isDraining: false,
    changed: (session) => projector.changed(session),
    flush: () => projector.flush(),
    settled: (turnId) => projector.settled(turnId),
    release: (id) => {
      const session = registry.peek(id);
      if (session !== undefined) registry.release(session);
    },
  };
  const turns = new Turns(context);
  const registry = new Registry(context, turns);
  const users = new Users(context);
  const attachment = new Attachment(context, registry, users);
  const sends = new Sends(context, attachment, turns);
  const queries = new Queries(context, registry, users, projector);
  const sweeps = new Sweeps(context, registry, turns, projector);
  const participants = new Set<Participant>();

  return {
    async attach(participant: Participant, ask: AttachRequest) {
      participants.add(participant);
      await attachment.attach(participant, ask);
    },
    detach(participant: Participant) {
      participants.delete(participant);
      if (participant.attachment instanceof Seat) attachment.detach(participant.attachment);
    },
    sessionIdOf: ({ attachment: seat }) => (seat instanceof Seat && seat.sessionId !== '' ? seat.sessionId : undefined),
    say: (participant, request) => sends.say(participant, request),
    shareFile: (participant, request) => sends.shareFile(participant, request),
    selectModel: (participant, sessionId, modelId) => sends.selectModel(participant, sessionId, modelId),
    requestHelp: (participant, sessionId) => sends.requestHelp(participant, sessionId),
    cancel: (participant, sessionId, turnId) => sends.cancel(participant, sessionId, turnId),
    retry: (participant, sessionId) => sends.retry(participant, sessionId),
    typing: (participant, sessionId) => sends.typing(participant, sessionId),
    resume: (participant, ask) => attachment.resume(seatOf(participant), ask),

    listOwn: (user, page) => queries.listOwn(user, page),
    list: (query) => queries.list(query),
    metrics: (from, to) => queries.metrics(from, to),
    create: (user, name) => queries.create(user, name),
    rename: (user, sessionId, name) => queries.rename(user, sessionId, name),
    remove: (user, sessionId) => queries.remove(user, sessionId),
    history: (user, sessionId, page) => queries.history(user, sessionId, page),
    end: (user, sessionId) => queries.end(user, sessionId),
    share: (user, sessionId) => queries.share(user, sessionId),
    unshare: (user, sessionId) => queries.unshare(user, sessionId),
    shared: (token) => queries.shared(token),
    messages: (sessionId) => queries.messages(sessionId),
    live() {
      let answering = 0;
      let waitingForHelp = 0;
      for (const session of registry.all()) {
        if (session.isAnswering) answering += 1;
        if (session.projection.helpRequested) waitingForHelp += 1;
      }
      return { connections: participants.size, answering, waitingForHelp, sessions: registry.size };
    },

    start: () => sweeps.start(),
    async drain({ graceMs, retryAfterMs }) {
      context.isDraining = true;
      for (const participant of participants) tellDraining(participant, retryAfterMs(), ports.clock.now());
      await finishRuns(registry, ports.clock, graceMs);
      await projector.flush();
    },
    async stop() {
      await sweeps.stop();
      await projector.flush();
      for (const session of registry.all()) session.close();
    },
  };
}

/** Lets running answers finish for `graceMs`, then cuts them; resolves when the last is written. What waits becomes a pending turn for the next replica. */
async function finishRuns(registry: Registry, clock: Clock, graceMs: number): Promise<void> {
  let isCut = false;
  const runs = () => [...registry.all()].flatMap(({ run }) => (run === null ? [] : [run]));
  const stop = () => {
    for (const run of runs()) run.stop('interrupted');
  };
  const grace = clock.after(graceMs, () => {
    isCut = true;
    stop();
  });
  // What was queued so far; a session that is written to without end would never be idle.
  const queued = () => Promise.all([...registry.all()].map((session) => session.queue.run(async () => undefined)));
  // A turn that was stored just before the drain begins its run just after: so look when that is done, and again until there is none.
  await queued();
  while (runs().length > 0) {
    if (isCut) stop();
    await Promise.all(runs().map((run) => run.done));
    await queued();
  }
  grace.cancel();
}

function tellDraining(participant: Participant, retryAfterMs: number, now: number): void {
  if (!(participant.attachment instanceof Seat)) return;
  participant.attachment.tell({
    type: 'connection_status',
    session_id: participant.attachment.sessionId,
    timestamp: stamp(now),
    sender: 'system',
    metadata: { status: 'draining', retry_after: String(Math.round(retryAfterMs)) },
  });
}
