// Station: test/helpers. What an OpenAI-compatible endpoint may reply, step by step. Called by tests that script openai-server.

/** One thing that the server does with a request. */
export type ReplyStep =
  | { readonly kind: 'head'; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  /** Bytes, in packets of at most `packetBytes`, each handed to the socket in its own turn of the event loop. */
  | { readonly kind: 'send'; readonly bytes: Buffer; readonly packetBytes: number }
  /** Nothing goes on before this is settled. */
  | { readonly kind: 'gate'; readonly opened: Promise<unknown> }
  /** The connection breaks. */
  | { readonly kind: 'cut' }
  /** Nothing more happens until the client hangs up. */
  | { readonly kind: 'hang' };

/** A reply. Where it does not end in `cut` or `hang`, the body ends properly after the last step. */
export type Reply = readonly ReplyStep[];

/** The headers of a stream; the first step of a streamed reply. */
export function head(headers: Readonly<Record<string, string>> = {}, status = 200): ReplyStep {
  return { kind: 'head', status, headers: { 'content-type': 'text/event-stream; charset=utf-8', ...headers } };
}

/** Bytes as they are. */
export function raw(text: string, packetBytes = Number.POSITIVE_INFINITY): ReplyStep {
  return { kind: 'send', bytes: Buffer.from(text), packetBytes };
}

/** One event with this JSON. */
export function event(data: unknown, packetBytes?: number): ReplyStep {
  return raw(`data: ${JSON.stringify(data)}\n\n`, packetBytes);
}

/** A chunk with a piece of the answer. */
export function piece(content: string, packetBytes?: number): ReplyStep {
  return event(chunk({ content }, null), packetBytes);
}

/** The chunk that says why the answer ended. */
export function finish(reason = 'stop'): ReplyStep {
  return event(chunk({}, reason));
}

/** The chunk with the tokens used, as it comes after the finish. */
export function usage(promptTokens: number, completionTokens: number): ReplyStep {
  return event({
    ...chunk({}, null),
    choices: [],
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  });
}

/** The last event of a stream. */
export const done: ReplyStep = raw('data: [DONE]\n\n');

/** Waits for `opened`, which the test settles. */
export function gate(opened: Promise<unknown>): ReplyStep {
  return { kind: 'gate', opened };
}

/** Breaks the connection. */
export const cut: ReplyStep = { kind: 'cut' };

/** Stalls until the client hangs up. As the only step: before the headers. */
export const hang: ReplyStep = { kind: 'hang' };

/** A whole, well-formed answer; usage 10 and 5 unless told otherwise, null for none. */
export function answer(
  pieces: readonly string[],
  options: {
    readonly finish?: string;
    readonly usage?: { readonly promptTokens: number; readonly completionTokens: number } | null;
  } = {},
): Reply {
  const used = options.usage === undefined ? { promptTokens: 10, completionTokens: 5 } : options.usage;
  return [
    head(),
    event(chunk({ role: 'assistant', content: '' }, null)),
    ...pieces.map((text) => piece(text)),
    finish(options.finish),
    ...(used === null ? [] : [usage(used.promptTokens, used.completionTokens)]),
    done,
  ];
}

/** An error reply: JSON of `body`, or the text itself where it is a string. */
export function failure(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  const isText = typeof body === 'string';
  const type = isText ? 'text/plain' : 'application/json';
  return [
    { kind: 'head', status, headers: { 'content-type': type, ...headers } },
    raw(isText ? body : JSON.stringify(body)),
  ];
}

function chunk(delta: object, finishReason: string | null): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_760_000_000,
    model: 'test-model',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
  };
}
