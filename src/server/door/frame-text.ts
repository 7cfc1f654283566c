// Station: door. A frame as JSON, field by field: the library function looks at every frame as if it had never seen one, which takes twice as long. Called by wire-frame.
import { jsonText } from '../../common/json-text.js';
import type { OutboundFrame } from '../../protocol/outbound.js';

/** The JSON of a frame; the same value as `JSON.stringify` writes, its fields in an order of our own. */
export function frameText(frame: OutboundFrame): string {
  const { content, error, index, metadata, models, seq } = frame;
  // Types, senders and timestamps are the server's own words and need no escape.
  let text = `{"type":"${frame.type}","timestamp":"${frame.timestamp}"`;
  if (frame.session_id !== undefined) text += `,"session_id":${jsonText(frame.session_id)}`;
  if (seq !== undefined) text += `,"seq":${seq}`;
  if (content !== undefined) text += `,"content":${jsonText(content)}`;
  if (frame.sender !== undefined) text += `,"sender":"${frame.sender}"`;
  if (frame.message_id !== undefined) text += `,"message_id":${jsonText(frame.message_id)}`;
  if (frame.turn_id !== undefined) text += `,"turn_id":${jsonText(frame.turn_id)}`;
  if (index !== undefined) text += `,"index":${index}`;
  if (frame.model_id !== undefined) text += `,"model_id":${jsonText(frame.model_id)}`;
  if (metadata !== undefined) text += `,"metadata":${JSON.stringify(metadata)}`;
  if (frame.user_id !== undefined) text += `,"user_id":${jsonText(frame.user_id)}`;
  if (frame.file_id !== undefined) text += `,"file_id":${jsonText(frame.file_id)}`;
  if (frame.file_url !== undefined) text += `,"file_url":${jsonText(frame.file_url)}`;
  if (models !== undefined) text += `,"models":${JSON.stringify(models)}`;
  if (error !== undefined) text += `,"error":${JSON.stringify(error)}`;
  return `${text}}`;
}
