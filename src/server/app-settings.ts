// Station: app. The configuration, mapped onto the settings that each folder declares for itself. Called by main; benches and tests make their own.
import type { TokenSettings } from './auth/verify.js';
import type { ChatSettings } from './chat/settings.js';
import { readJwtKeys } from './config/jwt-keys.js';
import type { Config } from './config/schema.js';
import type { FrameLimits } from './dispatch/rate-limit.js';
import { type HttpDoorSettings, httpDoorDefaults } from './door/http/settings.js';
import { type SocketDoorSettings, socketDoorDefaults } from './door/settings.js';

/** How the server stops (DESIGN.md section 6), in milliseconds. */
export interface ShutdownSettings {
  /** Not ready but still serving, so that load balancers notice. */
  readonly drainDelayMs: number;
  /** What running answers get to finish. */
  readonly turnGraceMs: number;
  /** All of it, from the signal to the exit. */
  readonly timeoutMs: number;
}

/** Everything that the app is told. */
export interface AppSettings {
  readonly listen: { readonly host: string; readonly port: number };
  /** The operators' own port; null for none. */
  readonly ops: { readonly host: string; readonly port: number } | null;
  readonly http: HttpDoorSettings;
  readonly sockets: SocketDoorSettings;
  readonly auth: TokenSettings;
  readonly frames: FrameLimits;
  readonly chat: ChatSettings;
  readonly readyRequiresStore: boolean;
  readonly shutdown: ShutdownSettings;
}

/** What the process knows beside its configuration. */
export interface ProcessFacts {
  readonly version: string;
  readonly replicaId: string;
}

/** Maps a checked configuration. @throws Error when it holds no key for tokens, which the check does not let pass */
export function appSettings(config: Config, facts: ProcessFacts): AppSettings {
  const { http, ops, limits } = config;
  return {
    listen: { host: http.host, port: http.port },
    ops: ops.port === null ? null : { host: ops.host, port: ops.port },
    http: httpSettings(config, facts.version),
    sockets: socketSettings(config),
    auth: tokenSettings(config.auth),
    frames: { messagesPerMinute: limits.userMessagesPerMinute, actionsPerMinute: limits.userMessagesPerMinute },
    chat: chatSettings(config, facts.replicaId),
    readyRequiresStore: config.readiness.requiresStore,
    shutdown: config.shutdown,
  };
}

function httpSettings({ http, ops, limits }: Config, version: string): HttpDoorSettings {
  return {
    ...httpDoorDefaults,
    version,
    pathPrefix: http.pathPrefix,
    corsOrigins: http.corsOrigins,
    trustedProxies: http.trustedProxies,
    probeAllowedNetworks: http.probeAllowedNetworks,
    metricsAllowedNetworks: ops.metricsAllowedNetworks,
    bodyLimitBytes: http.bodyLimitBytes,
    headersTimeoutMs: http.headersTimeoutMs,
    requestTimeoutMs: http.requestTimeoutMs,
    userRequestsPerMinute: limits.userRequestsPerMinute,
    adminRequestsPerMinute: limits.adminRequestsPerMinute,
    adminReadsPerMinute: limits.adminReadsPerMinute,
    publicRequestsPerMinute: limits.publicRequestsPerMinute,
  };
}

function socketSettings({ http, sockets }: Config): SocketDoorSettings {
  return {
    ...socketDoorDefaults,
    pathPrefix: http.pathPrefix,
    trustedProxies: http.trustedProxies,
    allowedOrigins: sockets.allowedOrigins,
    allowQueryToken: sockets.tokenInQuery,
    caps: { perUser: sockets.maxPerUser, perAddress: sockets.maxPerAddress, total: sockets.maxTotal },
    preAuthMs: sockets.preAuthDeadlineMs,
    maxFrameBytes: sockets.maxFrameBytes,
    outboxBytes: sockets.outboxBytes,
    inboxFrames: sockets.inboxFrames,
    pingIntervalMs: sockets.pingIntervalMs,
    pongTimeoutMs: sockets.pongTimeoutMs,
    tokenWarningMs: sockets.tokenWarningMs,
  };
}

const jwksBounds = { timeoutMs: 5_000, cooldownMs: 30_000, maxAgeMs: 600_000 } as const;

function tokenSettings(auth: Config['auth']): TokenSettings {
  return {
    key: keyOf(auth),
    clockToleranceMs: auth.clockToleranceMs,
    ...(auth.tokensValidAfterMs === null ? {} : { validAfterMs: auth.tokensValidAfterMs }),
    ...(auth.jwtIssuer === null ? {} : { issuer: auth.jwtIssuer }),
    ...(auth.jwtAudience === null ? {} : { audience: auth.jwtAudience }),
  };
}

function keyOf(auth: Config['auth']): TokenSettings['key'] {
  if (auth.jwksUrl !== null) {
    return { kind: 'jwks', url: new URL(auth.jwksUrl), algorithms: ['RS256', 'ES256'], ...jwksBounds };
  }
  const secrets = readJwtKeys(auth.jwtKeys, auth.jwtSecret);
  if (secrets.length === 0) throw new Error('no key for tokens: set JWT_SECRET, JWT_KEYS or JWKS_URL');
  return { kind: 'hs256', secrets };
}

function chatSettings({ chat, store }: Config, replicaId: string): ChatSettings {
  return {
    replicaId,
    systemPrompt: chat.systemPrompt,
    sessionTimeoutMs: chat.sessionTimeoutMs,
    sessionRetentionMs: chat.sessionRetentionMs,
    historyTokens: chat.historyTokens,
    maxAnswerBytes: chat.maxAnswerBytes,
    turnLeaseMs: chat.turnLeaseMs,
    checkpointIntervalMs: chat.checkpointIntervalMs,
    floorLeaseMs: chat.adminLeaseMs,
    floorJoinMs: chat.adminJoinMs,
    maxConcurrentTurns: chat.maxConcurrentTurns,
    // SQLite is served under a lock on its folder: no other replica can be there.
    isSoleReplica: store.kind === 'sqlite',
  };
}
