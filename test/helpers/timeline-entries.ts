// Station: test/helpers. Lines of a conversation as a client holds them. Called by the tests of the screens.
import type { TimelineMessage } from '../../src/client/snapshot.js';

/** What a user said, unless `fields` say something else. */
export function timelineMessage(fields: Partial<TimelineMessage> = {}): TimelineMessage {
  return {
    kind: 'message',
    seq: 1,
    messageId: 'm1',
    type: 'user_message',
    sender: 'user',
    adminName: null,
    content: 'hello',
    timestamp: '2026-01-01T00:00:00.000Z',
    modelId: null,
    turnId: null,
    end: null,
    fileId: null,
    fileUrl: null,
    isPartial: false,
    isUnreadable: false,
    ...fields,
  };
}
