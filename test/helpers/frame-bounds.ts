// Station: test/helpers. Whether a frame keeps every bound that the protocol gives it. Called by tests that look at all frames of a client.
import { withinCodePoints } from '../../src/common/code-points.js';
import { limits } from '../../src/protocol/limits.js';
import { type OutboundFrame, outboundSchema } from '../../src/protocol/outbound.js';

/** What is wrong with a frame, in words; empty when nothing is. */
export function brokenBounds(frame: OutboundFrame): readonly string[] {
  const parsed = outboundSchema.safeParse(frame);
  const broken = parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  const check = (name: string, value: string | undefined, max: number) => {
    if (value !== undefined && !withinCodePoints(value, max)) broken.push(`${name} is over ${max}`);
  };
  check('session_id', frame.session_id, limits.sessionId);
  check('content', frame.content, limits.answerBytes);
  check('file_id', frame.file_id, limits.fileId);
  check('file_url', frame.file_url, limits.fileUrl);
  check('model_id', frame.model_id, limits.modelId);
  check('user_id', frame.user_id, limits.userId);
  check('message_id', frame.message_id, limits.messageId);
  check('turn_id', frame.turn_id, limits.turnId);
  check('error.message', frame.error?.message, limits.errorMessage);
  const metadata = Object.entries(frame.metadata ?? {});
  if (metadata.length > limits.metadataKeys + limits.answerMetadataKeys) broken.push('metadata has too many keys');
  for (const [key, value] of metadata) {
    check('a metadata key', key, limits.metadataKey);
    check(`metadata.${key}`, value, limits.metadataValue);
  }
  return broken;
}
