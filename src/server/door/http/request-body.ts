// Station: door/http. Reads a JSON body that came as bytes. Called by the HTTP door for routes that read one.
import { badRequest, HttpError } from './http-error.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The value of a body; undefined for an empty one, whatever its Content-Type.
 * @throws HttpError 415 for another type than JSON, 400 for bytes that are none
 */
export function readJsonBody(bytes: unknown, contentType: string | undefined): unknown {
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) return undefined;
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(contentType?.trim() ?? '')) {
    throw new HttpError(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.');
  }
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    // The parser's own words quote the body.
    throw badRequest('The request body is not valid JSON in UTF-8.', cause);
  }
}
