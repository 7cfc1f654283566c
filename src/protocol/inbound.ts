// Station: protocol. What clients may send, as schemas: the single source of types, validation and documentation. Called by dispatch.
import { z } from 'zod';
import { withinCodePoints } from '../common/code-points.js';
import { limits } from './limits.js';
import { boundedText, optionalId, optionalText, requiredId, requiredText } from './text.js';

/** Metadata values: strings; numbers and booleans of older clients become strings. */
const metadataValue = z
  .union([boundedText(limits.metadataValue), z.number(), z.boolean()])
  .transform((value) => String(value))
  .pipe(z.string());

const metadata = z
  .record(z.string().meta({ maxLength: limits.metadataKey }), metadataValue)
  .refine((value) => Object.keys(value).length <= limits.metadataKeys, {
    error: `must have at most ${limits.metadataKeys} keys`,
  })
  .refine((value) => Object.keys(value).every((key) => withinCodePoints(key, limits.metadataKey)), {
    error: `must have keys of at most ${limits.metadataKey} characters`,
  })
  .meta({ maxProperties: limits.metadataKeys });

const optionalMetadata = z
  .preprocess((value, context) => {
    // The one key that is no key of every object: it would be left out without a word.
    if (typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__'))
      context.addIssue({ code: 'custom', message: 'must not have the key __proto__' });
    return withoutNulls(value);
  }, metadata.optional())
  .optional();

/** `null` stands for not given, as a whole and for each value. */
function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== null));
}

/** Fields that every frame up may carry. `sender`, `timestamp` and `user_id` are accepted and without effect (finding R32), so they are not even read. */
const common = {
  session_id: optionalId(limits.sessionId),
  message_id: optionalId(limits.messageId),
  metadata: optionalMetadata,
};

const fileFields = {
  content: optionalText(limits.content),
  file_id: requiredText(limits.fileId),
  file_url: requiredText(limits.fileUrl),
};

const wholeNumber = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** A yes or no in metadata, where older clients send the word. */
const flag = z.preprocess(
  (value) => (value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value),
  z.boolean().optional(),
);

/** Where a client that was in the session before wants to go on. */
const positionFields = {
  last_seq: wholeNumber.optional(),
  turn_id: optionalId(limits.turnId),
  index: wholeNumber.optional(),
};

const optionalPosition = z.preprocess(withoutNulls, z.object(positionFields).optional()).optional();

const joinMetadata = z
  .preprocess(
    withoutNulls,
    z
      .object({
        ...positionFields,
        force: flag.meta({ description: 'true takes it from another admin too' }),
        rejoin: flag.meta({ description: 'true joins only where this admin holds the session already' }),
      })
      .optional(),
  )
  .optional();

/** One schema per inbound frame type. */
export const inboundSchemas = {
  user_message: z.object({
    type: z.literal('user_message'),
    ...common,
    content: requiredText(limits.content),
    model_id: optionalId(limits.modelId),
  }),
  file_upload: z.object({ type: z.literal('file_upload'), ...common, ...fileFields }),
  voice_message: z.object({ type: z.literal('voice_message'), ...common, ...fileFields }),
  model_select: z.object({ type: z.literal('model_select'), ...common, model_id: requiredId(limits.modelId) }),
  help_request: z.object({ type: z.literal('help_request'), ...common, content: optionalText(limits.content) }),
  cancel: z.object({ type: z.literal('cancel'), ...common, turn_id: optionalId(limits.turnId) }),
  retry: z.object({ type: z.literal('retry'), ...common }),
  typing_indicator: z.object({ type: z.literal('typing_indicator'), ...common }),
  resume: z.object({
    type: z.literal('resume'),
    ...common,
    session_id: requiredId(limits.sessionId),
    metadata: z.object({
      last_seq: wholeNumber,
      turn_id: optionalId(limits.turnId),
      index: wholeNumber.optional(),
    }),
  }),
  token_refresh: z.object({
    type: z.literal('token_refresh'),
    ...common,
    metadata: z.object({ token: requiredText(limits.token) }),
  }),
  ping: z.object({ type: z.literal('ping'), ...common }),
  admin_join: z.object({
    type: z.literal('admin_join'),
    ...common,
    session_id: requiredId(limits.sessionId),
    metadata: joinMetadata,
  }),
  admin_leave: z.object({ type: z.literal('admin_leave'), ...common, content: optionalText(limits.content) }),
  admin_message: z.object({ type: z.literal('admin_message'), ...common, content: requiredText(limits.content) }),
  admin_watch: z.object({
    type: z.literal('admin_watch'),
    ...common,
    session_id: requiredId(limits.sessionId),
    metadata: optionalPosition,
  }),
  admin_whisper: z.object({ type: z.literal('admin_whisper'), ...common, content: requiredText(limits.content) }),
} as const;

/** A frame type that clients may send. */
export type InboundType = keyof typeof inboundSchemas;

/** A validated frame of one type. */
export type InboundOf<T extends InboundType> = z.output<(typeof inboundSchemas)[T]>;

const inboundTypes: ReadonlyMap<string, InboundType> = new Map(
  Object.keys(inboundSchemas).map((type) => [type, type as InboundType]),
);

/** The frame type of that name that clients may send; undefined when there is none. It is our own copy of the name, by which tables are looked up fastest. */
export function inboundType(name: string): InboundType | undefined {
  return inboundTypes.get(name);
}
