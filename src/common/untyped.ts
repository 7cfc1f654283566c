// Station: common. What comes from outside without a type, read as far as it fits. Pure. Called by the command line, where it reads files and answers of others.

/** The fields of an object; none of anything else. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Bytes as UTF-8, every one of them and nothing more (a byte order mark stays); null where they are none. */
export function utf8Of(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
