// Station: llm/openai. What an OpenAI-compatible provider is told. Made by adapters from the config.

/** One model of an endpoint. */
export interface OpenAiModel {
  /** What users choose it by. */
  readonly id: string;
  readonly name: string;
  /** What the endpoint calls it; the id where that is the same. */
  readonly upstreamId?: string;
}

/** Settings of one OpenAI-compatible endpoint. */
export interface OpenAiSettings {
  /** Its name in metrics and logs. */
  readonly name: string;
  /** Such as `https://api.openai.com/v1`; a query (an API version) is kept, a user or password in it is refused. */
  readonly baseUrl: string;
  /** Left out for an endpoint that asks for none. */
  readonly apiKey?: string;
  readonly models: readonly OpenAiModel[];
  /** Sent with every request, beside ours; they win. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly organization?: string;
  readonly project?: string;
  readonly maxOutputTokens?: number;
  /** Which field carries `maxOutputTokens`. Default: `max_completion_tokens` at api.openai.com, `max_tokens` elsewhere. */
  readonly maxOutputTokensField?: 'max_tokens' | 'max_completion_tokens';
  readonly temperature?: number;
  /** Whether the opaque end-user hash goes along as `user`; some endpoints refuse fields that they don't know. Default true. */
  readonly sendEndUser?: boolean;
  /** Connections at most; further questions wait for one, under the watchdogs. Default 256. */
  readonly maxConnections?: number;
  /** Questions that may wait for a connection; one more is refused at once. Default 1,024. */
  readonly maxWaiting?: number;
  /** For name lookup, TCP and TLS together. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** The last resort behind the watchdogs: silence of a socket, to the headers or between bytes. Keep it above their `totalMs`. Default 130,000. */
  readonly silenceTimeoutMs?: number;
}
