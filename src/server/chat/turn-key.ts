// Station: chat. The id of a turn, made of its key, so that two replicas that see the same log make the same turn.

/** What the ids of all attempts at one prompt begin with. */
export function turnPrefix(sessionId: string, promptSeq: number): string {
  return `${sessionId}:${promptSeq}:`;
}

/** The id of one attempt. */
export function turnIdOf(sessionId: string, promptSeq: number, attempt: number): string {
  return `${turnPrefix(sessionId, promptSeq)}${attempt}`;
}
