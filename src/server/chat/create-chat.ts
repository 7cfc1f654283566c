// Station: chat. Puts the core together: the one factory that app calls.
import type { Clock } from '../../common/clock.js';
import type { Participant } from '../ports/participant.js';
import { AdminSpeech } from './admin-speech.js';
import type { AttachRequest, Chat } from './api.js';
import { Asides } from './asides.js';
import { Attachment } from './attachment.js';
import type { ChatContext, ChatPorts } from './context.js';
import { Desk } from './desk.js';
import { Floor } from './floor.js';
import { FloorKeeper } from './floor-keeper.js';
import { sessionStatus } from './frames.js';
import { HelpDesk } from './help-desk.js';
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
  let tokens = 0;
  const context: ChatContext = {
    ...ports,
    meter: {
      ...ports.meter,
      llmAnswered(provider, seconds, used) {
        tokens += used;
        ports.meter.llmAnswered(provider, seconds, used);
      },
    },
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
  const floor = new Floor(context);
  const asides = new Asides(context);
  const desk = new Desk(context, registry, users, floor, asides);
  const speech = new AdminSpeech(context, desk, floor, asides);
  const keeper = new FloorKeeper(context, registry, floor);
  const helpDesk = new HelpDesk(context);
  const sends = new Sends(context, attachment, turns, helpDesk);
  const queries = new Queries(context, registry, users, projector, floor);
  const sweeps = new Sweeps(context, registry, turns, projector, helpDesk);
  const participants = new Set<Participant>();

  return {
    async attach(participant: Participant, ask: AttachRequest) {
      participants.add(participant);
      helpDesk.entered(participant);
      if (!(await desk.attach(participant, ask))) await attachment.attach(participant, ask);
    },
    detach(participant: Participant) {
      participants.delete(participant);
      helpDesk.left(participant);
      if (!(participant.attachment instanceof Seat)) return;
      desk.detach(participant.attachment);
      attachment.detach(participant.attachment);
    },
    sessionIdOf({ attachment: seat }, named) {
      if (!(seat instanceof Seat)) return undefined;
      if (typeof named === 'string' && seat.desk?.has(named) === true) return named;
      return seat.sessionId === '' ? undefined : seat.sessionId;
    },
    say(participant, request) {
      if (speech.placeFor(participant, request.sessionId) !== null) return speech.say(participant, request);
      return sends.say(participant, request);
    },
    shareFile: (participant, request) => sends.shareFile(participant, request),
    selectModel: (participant, sessionId, modelId) => sends.selectModel(participant, sessionId, modelId),
    requestHelp: (participant, sessionId) => sends.requestHelp(participant, sessionId),
    cancel: (participant, sessionId, turnId) => sends.cancel(participant, sessionId, turnId),
    retry: (participant, sessionId) => sends.retry(participant, sessionId),
    async typing(participant, sessionId) {
      const place = speech.placeFor(participant, sessionId);
      if (place === null) await sends.typing(participant, sessionId);
      else speech.typing(place);
    },
    async resume(participant, ask) {
      if (!(await desk.resume(participant, ask))) await attachment.resume(seatOf(participant), ask);
    },
    join: (participant, request) => desk.join(participant, request),
    leave: (participant, request) => desk.leave(participant, request),
    watch: (participant, request) => desk.watch(participant, request),
    whisper: (participant, request) => speech.whisper(participant, request),
    sayAsAdmin: (participant, request) => speech.say(participant, request),
    takeOver: (admin, sessionId, force) => desk.takeOver(admin, sessionId, force),
    release: (admin, sessionId) => desk.release(admin, sessionId),

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
      return { connections: participants.size, answering, waitingForHelp, sessions: registry.size, tokens };
    },

    async start() {
      helpDesk.start();
      await sweeps.start();
      keeper.start();
    },
    async drain({ graceMs, retryAfterMs }) {
      context.isDraining = true;
      for (const participant of participants) tellDraining(participant, retryAfterMs(), ports.clock.now());
      await finishRuns(registry, ports.clock, graceMs);
      await projector.flush();
    },
    async stop() {
      helpDesk.stop();
      await keeper.stop();
      await desk.settled();
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
  const metadata = { status: 'draining', retry_after: String(Math.round(retryAfterMs)) };
  participant.attachment.tell(sessionStatus(participant.attachment.sessionId, now, metadata));
}
