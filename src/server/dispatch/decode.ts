// Station: dispatch. Bytes off the wire become one validated frame, or one clear error. Pure; called by dispatcher.
import { isAscii, isUtf8 } from 'node:buffer';
import { WireError } from '../../protocol/errors.js';
import { type InboundType, inboundSchemas, inboundType } from '../../protocol/inbound.js';

/** A JSON object whose type is known; its other fields are not looked at yet. */
export interface RawFrame {
  readonly type: InboundType;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Reads JSON and type, and nothing else: what is over the rate limit is refused before it is validated.
 * @throws WireError INVALID_FORMAT (not UTF-8, not JSON, not an object, unknown type) or MISSING_FIELD (no type)
 */
export function readFrame(bytes: Buffer): RawFrame {
  const fields = parseObject(textOf(bytes));
  const { type: name } = fields;
  if (name === undefined || name === null || name === '')
    throw new WireError('MISSING_FIELD', 'The frame has no "type".');
  const type = typeof name === 'string' ? inboundType(name) : undefined;
  if (type === undefined) {
    throw new WireError('INVALID_FORMAT', `Unknown frame type. Known: ${Object.keys(inboundSchemas).join(', ')}.`);
  }
  return { type, fields };
}

/** Most frames are ASCII, which is quicker told and read than UTF-8. */
function textOf(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString('latin1');
  if (isUtf8(bytes)) return bytes.toString();
  throw new WireError('INVALID_FORMAT', 'The frame is not valid UTF-8.');
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new WireError('INVALID_FORMAT', 'The frame is not valid JSON.', { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new WireError('INVALID_FORMAT', 'A frame is one JSON object.');
}
