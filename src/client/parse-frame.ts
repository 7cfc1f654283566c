// Station: client. Text off the wire becomes a frame, without the schemas (a browser loads no zod). Called by link.
import type { OutboundFrame } from '../protocol/outbound.js';

/** A frame as the client reads it: the server's, with a type that a newer server may have added. */
export type ReceivedFrame = Omit<OutboundFrame, 'type' | 'error'> & {
  readonly type: string;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly recoverable: boolean;
    readonly retry_after?: number;
  };
};

const texts = [
  'session_id',
  'content',
  'file_id',
  'file_url',
  'model_id',
  'timestamp',
  'sender',
  'user_id',
  'message_id',
  'turn_id',
];
const numbers = ['seq', 'index'];

/** Reads a frame; null when it is none. Fields of the wrong kind are left out, unknown ones stay: the server may be newer. */
export function parseFrame(data: unknown): ReceivedFrame | null {
  if (typeof data !== 'string') return null;
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return null;
  }
  if (!isRecord(value) || typeof value.type !== 'string') return null;
  for (const name of texts) if (name in value && typeof value[name] !== 'string') delete value[name];
  for (const name of numbers) if (name in value && !Number.isSafeInteger(value[name])) delete value[name];
  if ('metadata' in value && !isTextRecord(value.metadata)) delete value.metadata;
  if ('models' in value && !isModels(value.models)) delete value.models;
  if ('error' in value && !isFrameError(value.error)) delete value.error;
  return isFrame(value) ? value : null;
}

/** An object that is no array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextRecord(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every((entry) => typeof entry === 'string');
}

function isModels(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((model) => isRecord(model) && typeof model.id === 'string' && typeof model.name === 'string')
  );
}

function isFrameError(value: unknown): boolean {
  return isRecord(value) && typeof value.code === 'string' && typeof value.message === 'string';
}

function isFrame(value: Record<string, unknown>): value is ReceivedFrame & Record<string, unknown> {
  return typeof value.type === 'string';
}

/** Who the person is that a message of an admin is from; null for every other frame: only the server writes this for an admin. */
export function adminNameOf(frame: ReceivedFrame): string | null {
  return frame.sender === 'admin' ? (frame.metadata?.admin_name ?? null) : null;
}
