// Station: protocol. What is said about an answer beside its text: the same in history and in its last frame. Pure.

/** What is known of an answer that ended. */
export interface AnswerFacts {
  readonly content: string;
  readonly end?: string;
  readonly usage?: { readonly promptTokens: number; readonly completionTokens: number };
}

/** What is said of a message whose words lie in the store but cannot be read; its content is then empty. */
export function unreadableMetadata(why: string | undefined): { unreadable?: string } {
  return why === undefined ? {} : { unreadable: why };
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
