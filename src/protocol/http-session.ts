// Station: protocol. Sessions and messages as the HTTP API shows them. Called by the route contracts.
import { z } from 'zod';
import { answerCount, answerText, answerTime } from './http-values.js';
import { limits } from './limits.js';

const milliseconds = answerCount.meta({ description: 'milliseconds' });

/** A session in lists (ref; ours are session_id, help_requested, held_by, model_id). */
export const sessionMetaSchema = z
  .strictObject({
    id: answerText(limits.sessionId),
    session_id: answerText(limits.sessionId).meta({ description: 'the same as id' }),
    user_id: answerText(limits.userId),
    name: answerText(limits.sessionName),
    last_activity: answerTime,
    message_count: answerCount,
    admin_assisted: z.boolean(),
    start_time: answerTime,
    end_time: answerTime.optional(),
    is_active: z.boolean(),
    duration: answerCount.meta({ description: 'seconds; up to now for an active session' }),
    total_tokens: answerCount,
    max_response_time: milliseconds,
    avg_response_time: milliseconds,
    assisting_admin_name: answerText(limits.displayName).optional(),
    help_requested: z.boolean(),
    held_by: answerText(limits.displayName).optional().meta({ description: 'the person who holds it now' }),
    model_id: answerText(limits.modelId).optional(),
    share_token: answerText(limits.shareToken).optional().meta({ description: 'for the owner only' }),
  })
  .meta({ title: 'SessionMeta' });

/** A session in lists. */
export type SessionMeta = z.output<typeof sessionMetaSchema>;

/** A message in history (ref; ours are message_id, seq, type, model_id, turn_id). */
export const messageSchema = z
  .strictObject({
    content: answerText(limits.answerBytes),
    timestamp: answerTime,
    sender: z.enum(['user', 'ai', 'admin']),
    file_id: answerText(limits.fileId).optional(),
    file_url: answerText(limits.fileUrl).optional(),
    metadata: z
      .record(answerText(limits.metadataKey), answerText(limits.metadataValue))
      .optional()
      .meta({ maxProperties: limits.metadataKeys + limits.answerMetadataKeys }),
    message_id: answerText(limits.messageId),
    seq: z.number().int().min(1),
    type: z.enum(['user_message', 'file_upload', 'voice_message', 'ai_response']),
    model_id: answerText(limits.modelId).optional(),
    turn_id: answerText(limits.turnId).optional(),
  })
  .meta({ title: 'Message' });

/** A message in history. */
export type Message = z.output<typeof messageSchema>;

const messages = z.array(messageSchema).max(limits.historyMessages).meta({ description: 'oldest first' });
const nextCursor = answerText(limits.cursor).nullable().meta({ description: 'null at the end' });

/** A conversation, for its owner or an admin. */
export const historySchema = z.strictObject({
  session_id: answerText(limits.sessionId),
  name: answerText(limits.sessionName),
  model_id: answerText(limits.modelId).meta({ description: 'empty where none was chosen' }),
  messages,
  truncated: z
    .boolean()
    .meta({ description: 'older messages were left out: ask again with before=<seq of the first>' }),
});

/** A conversation, for whoever has the share link. */
export const sharedSchema = z.strictObject({
  session_id: answerText(limits.sessionId),
  name: answerText(limits.sessionName),
  messages,
});

/** A user's own sessions. */
export const ownSessionsSchema = z.strictObject({
  sessions: z.array(sessionMetaSchema).max(limits.sessionPage).meta({ description: 'newest activity first' }),
  user_id: answerText(limits.userId),
  count: answerCount,
  limit: answerCount,
  truncated: z.boolean(),
  next_cursor: nextCursor,
});

/** Sessions of anyone, for admins. */
export const sessionListSchema = z.strictObject({
  sessions: z.array(sessionMetaSchema).max(limits.adminPage),
  count: answerCount,
  limit: answerCount,
  offset: answerCount,
  next_cursor: nextCursor,
});
