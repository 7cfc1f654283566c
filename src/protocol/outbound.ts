// Station: protocol. What the server sends, as schemas: the single source of types and documentation. Called by the core (types) and by tests.
import { z } from 'zod';
import { errorCodes } from './errors.js';
import { limits } from './limits.js';

const text = (max: number) => z.string().meta({ maxLength: max });

/** Frame types that the server sends. */
export const outboundTypes = [
  'connection_status',
  'user_message',
  'message_ack',
  'loading',
  'ai_response',
  'file_upload',
  'voice_message',
  'typing_indicator',
  'admin_join',
  'admin_leave',
  'pong',
  'notification',
  'error',
] as const;

/** A frame from the server: one JSON object per text frame, absent fields left out. */
export const outboundSchema = z.strictObject({
  type: z.enum(outboundTypes),
  session_id: text(limits.sessionId).optional(),
  content: text(limits.answerBytes).optional(),
  file_id: text(limits.fileId).optional(),
  file_url: text(limits.fileUrl).optional(),
  model_id: text(limits.modelId).optional(),
  models: z
    .array(z.strictObject({ id: text(limits.modelId), name: text(limits.displayName) }))
    .max(limits.models)
    .optional(),
  timestamp: z.iso.datetime().meta({ maxLength: 30 }),
  sender: z.enum(['user', 'ai', 'admin', 'system']).optional(),
  user_id: text(limits.userId).optional(),
  metadata: z
    .record(text(limits.metadataKey), text(limits.metadataValue))
    .meta({ maxProperties: limits.metadataKeys + limits.answerMetadataKeys })
    .optional(),
  error: z
    .strictObject({
      code: z.enum(errorCodes),
      message: text(limits.errorMessage),
      recoverable: z.boolean(),
      retry_after: z.number().int().min(0).optional().meta({ description: 'milliseconds' }),
    })
    .optional(),
  message_id: text(limits.messageId).optional(),
  seq: z.number().int().min(1).optional(),
  turn_id: text(limits.turnId).optional(),
  index: z.number().int().min(0).optional(),
});

/** A frame type that the server sends. */
export type OutboundType = (typeof outboundTypes)[number];

/** A frame from the server. */
export type OutboundFrame = z.infer<typeof outboundSchema>;

/** A model that a user may choose. */
export interface ModelChoice {
  readonly id: string;
  readonly name: string;
}
