// Station: protocol. What is said about a message beside its text: the same in history and in frames. Pure.

/** What is known of an answer that ended. */
export interface AnswerFacts {
  readonly content: string;
  readonly end?: string;
  readonly usage?: { readonly promptTokens: number; readonly completionTokens: number };
}

/** What is shown in the place of a message that the server cannot read. */
export const unreadableWords = '[unreadable]';

/** What is said of a message whose words lie in the store but cannot be read; its content is then empty. */
export function unreadableMetadata(why: string | undefined): { unreadable?: string } {
  return why === undefined ? {} : { unreadable: why };
}

/** A message of a person, as far as its metadata tell of it. */
export interface SpokenFacts {
  readonly sender: 'user' | 'ai' | 'admin';
  readonly authorName: string | null;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly unreadable?: string;
}

/** What the sender gave with it; of an admin also their name, as `admin_join` tells it, so that it is known who spoke when they have left. */
export function spokenMetadata({
  sender,
  authorName,
  metadata,
  unreadable,
}: SpokenFacts): Record<string, string> | undefined {
  if (unreadable !== undefined) return unreadableMetadata(unreadable);
  if (sender !== 'admin' || authorName === null) return metadata;
  return { ...metadata, admin_name: authorName };
}

/** How it ended, its length in UTF-16 units, and what it cost. A cut answer is marked `interrupted`. */
export function answerMetadata({ content, end = 'complete', usage }: AnswerFacts): Record<string, string> {
  return {
    end,
    ...(end === 'interrupted' || end === 'cancelled' ? { interrupted: 'true' } : {}),
    length: String(content.length),
    ...(usage === undefined
      ? {}
      : {
          prompt_tokens: String(usage.promptTokens),
          completion_tokens: String(usage.completionTokens),
          total_tokens: String(usage.promptTokens + usage.completionTokens),
        }),
  };
}
