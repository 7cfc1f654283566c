// Station: ops. The log: one JSON object a line. Made by main; called by everything through the port.
import { pino } from 'pino';
import type { Clock } from '../../common/clock.js';
import type { Log, LogFacts } from '../ports/telemetry.js';
import { errorFacts } from './error-facts.js';

/** Least severe level that is written. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** What the log is told. */
export interface LogSettings {
  readonly level: LogLevel;
  /** Where lines go. It must not throw: a full or closed pipe is its own to deal with. */
  readonly destination: { write(line: string): unknown };
  readonly clock: Clock;
  /** Facts of every line, such as the name of the replica. */
  readonly base?: LogFacts;
}

const removed = '[removed]';

/** Facts that nobody may log. That nobody does is for review and tests; this is for the day when somebody does. */
const secretFacts = [
  'token',
  'authorization',
  'cookie',
  'content',
  'text',
  'body',
  'prompt',
  'password',
  'secret',
  'apiKey',
  'api_key',
  'key',
  'query',
  'shareToken',
  'share_token',
];

/** The same for values: a token, a provider's key, credentials or a query in a URL. */
const secretValues: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\beyJ[\w-]{4,}\.[\w-]+\.[\w-]*/g, removed],
  [/\b(?:sk|pk|xoxb|ghp)[-_][\w-]{8,}/g, removed],
  [/\b(bearer)\s+\S+/gi, `$1 ${removed}`],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, `$1${removed}@`],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s?#]*)[?#]\S*/gi, `$1?${removed}`],
];

/** At most this much of a string goes into a line, in UTF-16 units. */
const maxValueLength = 1_000;

/** Makes the log. */
export function createLog(settings: LogSettings): Log {
  const logger = pino(
    {
      level: settings.level,
      base: { ...settings.base },
      messageKey: 'event',
      timestamp: () => `,"time":"${new Date(settings.clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretFacts, censor: removed },
    },
    { write: (line: string) => void settings.destination.write(line) },
  );
  const line = (level: 'debug' | 'info' | 'warn' | 'error', event: string, facts?: LogFacts, error?: unknown): void => {
    if (!logger.isLevelEnabled(level)) return;
    const failure = error === undefined ? {} : { error: scrubbed(errorFacts(error)) };
    logger[level]({ ...scrubbed(facts ?? {}), ...failure }, event);
  };
  return {
    debug: (event, facts) => line('debug', event, facts),
    info: (event, facts) => line('info', event, facts),
    warn: (event, facts, error) => line('warn', event, facts, error),
    error: (event, facts, error) => line('error', event, facts, error),
  } satisfies Log;
}

/** A copy in which every string is free of what looks like a secret. */
function scrubbed(value: unknown): object {
  return Object.fromEntries(Object.entries(value ?? {}).map(([key, part]) => [key, scrubbedValue(part)]));
}

function scrubbedValue(value: unknown): unknown {
  if (typeof value === 'string') {
    const clean = secretValues.reduce((text, [pattern, instead]) => text.replace(pattern, instead), value);
    return clean.length > maxValueLength ? `${clean.slice(0, maxValueLength)}…` : clean;
  }
  if (Array.isArray(value)) return value.map(scrubbedValue);
  return typeof value === 'object' && value !== null ? scrubbed(value) : value;
}
