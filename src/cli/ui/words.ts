// Station: cli/ui. What happens, in words for a person. Pure; the text is safe to draw. Called by the views and by cli/chat.
import type { AnswerEnd, ConnectionState, Snapshot, TimelineMessage, TimelineNotice } from '../../client/snapshot.js';
import { safeLine } from './safe-text.js';

/** What stands behind an answer that did not end well; empty for one that did. */
export function endMark(end: AnswerEnd | null): string {
  switch (end) {
    case null:
    case 'complete':
      return '';
    case 'length':
      return '[cut at its greatest length]';
    case 'interrupted':
      return '[interrupted]';
    case 'cancelled':
      return '[stopped]';
    case 'failed':
      return '[failed]';
  }
}

/** A notice as a sentence. */
export function noticeText({ what, subject }: TimelineNotice): string {
  const about = safeLine(subject);
  switch (what) {
    case 'admin_join':
      return `${about || 'A person'} joined the conversation`;
    case 'admin_leave':
      return `${about || 'The person'} left; the model answers again`;
    case 'model_changed':
      return `The model is now ${about}`;
    case 'help_requested':
      return 'A person was asked to join';
    case 'renamed':
      return `The conversation is now called “${about}”`;
    case 'ended':
      return 'The conversation has ended; the next message begins another';
    default:
      return safeLine(what).replaceAll('_', ' ');
  }
}

/** Who said it. */
export function speaker(message: TimelineMessage, userName = 'You'): string {
  switch (message.sender) {
    case 'user':
      return userName;
    case 'ai':
      return safeLine(message.modelId ?? '') || 'Model';
    case 'admin':
      return safeLine(message.adminName ?? '') || 'Person';
    case 'system':
      return 'System';
  }
}

/** The state of the connection in a few words. */
export function connectionText(state: ConnectionState): string {
  switch (state.kind) {
    case 'idle':
      return 'not connected';
    case 'connecting':
      return state.attempt === 0 ? 'connecting…' : 'reconnecting…';
    case 'open':
      return state.isDraining ? 'connected, server restarting' : 'connected';
    case 'waiting':
      return `reconnecting (${state.attempt}): ${safeLine(state.why)}`;
    case 'stopped':
      return `stopped: ${safeLine(state.message)}`;
  }
}

/** The model of the session by its name; empty when there is none. */
export function modelName({ models, modelId }: Snapshot): string {
  return safeLine(models.find(({ id }) => id === modelId)?.name ?? modelId ?? '');
}

/** The session by its name, else the beginning of its id. */
export function sessionLabel({ sessionName, sessionId }: Snapshot): string {
  return safeLine(sessionName ?? '') || (sessionId ?? '').slice(0, 8);
}
