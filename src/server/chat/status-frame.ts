// Station: chat. The `connection_status` that tells a socket which session it is in. Called by attachment and desk.
import type { OutboundFrame } from '../../protocol/outbound.js';
import type { Participant } from '../ports/participant.js';
import type { ChatContext } from './context.js';
import { stamp } from './frames.js';
import type { LiveSession } from './live-session.js';

/** What the frame is about; `session` null: the id is reserved, nothing is stored yet. */
export interface StatusSubject {
  readonly participant: Participant;
  readonly sessionId: string;
  readonly session: LiveSession | null;
}

/** The frame, with models and session; `metadata` beside its status. */
export function statusFrame(
  { clock, models }: Pick<ChatContext, 'clock' | 'models'>,
  { participant, sessionId, session }: StatusSubject,
  status: string,
  metadata: Readonly<Record<string, string>>,
): OutboundFrame {
  const modelId = session?.projection.modelId ?? models.models[0]?.id;
  return {
    type: 'connection_status',
    session_id: sessionId,
    user_id: participant.user.id,
    models: models.models.map(({ id, name }) => ({ id, name })),
    ...(modelId === undefined ? {} : { model_id: modelId }),
    timestamp: stamp(clock.now()),
    sender: 'system',
    metadata: { status, ...metadata },
  };
}

/** How a session stands: its end, the running answer, who holds it and whether the connection to them is lost. */
export function standing(session: LiveSession): Record<string, string> {
  const { answer, projection } = session;
  const { floor } = projection;
  return {
    state: session.isEnded ? 'ended' : 'active',
    ...(answer === null ? {} : { turn_id: answer.turnId }),
    ...(floor.kind === 'ai' ? {} : { admin_id: floor.id, admin_name: floor.name }),
    ...(floor.kind === 'admin' && session.isAdminAway ? { admin_away: 'true' } : {}),
  };
}
