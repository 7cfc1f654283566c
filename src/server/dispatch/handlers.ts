// Station: dispatch. One handler per frame type: validates its fields, then calls the core. Called by dispatcher.

import type { Clock } from '../../common/clock.js';
import { WireError } from '../../protocol/errors.js';
import type { InboundType } from '../../protocol/inbound.js';
import { validate } from '../../protocol/validate.js';
import type { ChatSockets } from '../chat/api.js';
import { SharedFrame } from '../ports/participant.js';
import type { FrameSource } from './api.js';
import type { RawFrame } from './decode.js';
import { checkFileUrl } from './file-url.js';

type Handler = (source: FrameSource, fields: RawFrame['fields']) => Promise<void>;

/** The handlers, by frame type. A new type does not compile before it has its row here. */
export function createHandlers(chat: ChatSockets, clock: Clock): Readonly<Record<InboundType, Handler>> {
  return {
    // The hot path: no promise and no object beyond what the core needs.
    user_message(source, fields) {
      const { content, session_id, message_id, model_id, metadata } = validate('user_message', fields);
      return chat.say(source, { content, sessionId: session_id, messageId: message_id, modelId: model_id, metadata });
    },
    async file_upload(source, fields) {
      const frame = validate('file_upload', fields);
      checkFileUrl(frame.file_url);
      await chat.shareFile(source, {
        content: frame.content ?? '',
        fileId: frame.file_id,
        fileUrl: frame.file_url,
        ...given('sessionId', frame.session_id),
        ...given('messageId', frame.message_id),
        ...given('metadata', frame.metadata),
      });
    },
    async voice_message(_source, fields) {
      checkFileUrl(validate('voice_message', fields).file_url);
      throw new WireError('SERVICE_ERROR', 'This server does not transcribe voice messages. Send the message as text.');
    },
    async model_select(source, fields) {
      const frame = validate('model_select', fields);
      await chat.selectModel(source, frame.session_id, frame.model_id);
    },
    async help_request(source, fields) {
      await chat.requestHelp(source, validate('help_request', fields).session_id);
    },
    async cancel(source, fields) {
      const frame = validate('cancel', fields);
      await chat.cancel(source, frame.session_id, frame.turn_id);
    },
    async retry(source, fields) {
      await chat.retry(source, validate('retry', fields).session_id);
    },
    async typing_indicator(source, fields) {
      await chat.typing(source, validate('typing_indicator', fields).session_id);
    },
    async resume(source, fields) {
      const { metadata, session_id } = validate('resume', fields);
      await chat.resume(source, {
        sessionId: session_id,
        ...position(metadata),
      });
    },
    async token_refresh(source, fields) {
      await source.refreshToken(validate('token_refresh', fields).metadata.token);
    },
    async ping(source, fields) {
      const frame = validate('ping', fields);
      source.send(
        new SharedFrame({
          type: 'pong',
          timestamp: new Date(clock.now()).toISOString(),
          ...given('session_id', chat.sessionIdOf(source)),
          ...given('message_id', frame.message_id),
        }),
      );
    },
    async admin_join(source, fields) {
      const { session_id: sessionId, message_id: messageId, metadata = {} } = validate('admin_join', fields);
      const how = { ...given('force', metadata.force), ...given('rejoin', metadata.rejoin) };
      await chat.join(source, { sessionId, messageId, ...how, ...position(metadata) });
    },
    async admin_leave(source, fields) {
      const { session_id: sessionId, message_id: messageId, content } = validate('admin_leave', fields);
      await chat.leave(source, { sessionId, messageId, note: content });
    },
    async admin_message(source, fields) {
      const { content, session_id, message_id, metadata } = validate('admin_message', fields);
      await chat.sayAsAdmin(source, {
        content,
        sessionId: session_id,
        messageId: message_id,
        modelId: undefined,
        metadata,
      });
    },
    async admin_watch(source, fields) {
      const { session_id: sessionId, message_id: messageId, metadata = {} } = validate('admin_watch', fields);
      await chat.watch(source, { sessionId, messageId, ...position(metadata) });
    },
    async admin_whisper(source, fields) {
      const { content, session_id: sessionId, message_id: messageId } = validate('admin_whisper', fields);
      await chat.whisper(source, { sessionId, messageId, content });
    },
  };
}

/** Where the client was in the session before. */
function position(metadata: {
  readonly last_seq?: number | undefined;
  readonly turn_id?: string | undefined;
  readonly index?: number | undefined;
}) {
  return {
    ...given('lastSeq', metadata.last_seq),
    ...given('turnId', metadata.turn_id),
    ...given('index', metadata.index),
  };
}

/** A field that is left out where it has no value. */
function given<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}
