// Station: door/http. What the HTTP door can be told, and whom it asks. Mapped from the configuration by app.
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../../common/clock.js';
import type { ReadinessReport } from '../../../protocol/http-probes.js';
import type { TokenVerifier } from '../../auth/verify.js';
import type { ChatQueries } from '../../chat/api.js';
import type { Log, Meter } from '../../ports/telemetry.js';
import type { Refusal } from '../refusal.js';

/** How often someone may ask, in a minute. */
export interface RequestRates {
  /** Each user, on the routes for users. */
  readonly userRequestsPerMinute: number;
  /** Each admin, on the routes for admins that change something. */
  readonly adminRequestsPerMinute: number;
  /** Each admin, on the routes for admins that read: who watches a desk asks all day long. */
  readonly adminReadsPerMinute: number;
  /** Each address, on the routes that need no token. */
  readonly publicRequestsPerMinute: number;
}

/** How long an HTTP connection may take, in milliseconds. None of these applies to a socket that was upgraded (finding H2). */
export interface HttpTimeouts {
  /** From the first byte to the end of the headers. */
  readonly headersTimeoutMs: number;
  /** From the first byte to the end of the body. */
  readonly requestTimeoutMs: number;
  /** Between two requests. */
  readonly keepAliveTimeoutMs: number;
  /** Without a byte in either direction, also while an answer waits for a reader. */
  readonly stallTimeoutMs: number;
}

/** The HTTP door. */
export interface HttpDoorSettings extends RequestRates, HttpTimeouts {
  /** Of the package, for openapi.json. */
  readonly version: string;
  /** Begins with a slash and ends without one; empty for none. */
  readonly pathPrefix: string;
  /** Exact origins; none sends no CORS headers. */
  readonly corsOrigins: readonly string[];
  /** Addresses and CIDR ranges whose `X-Forwarded-For` counts (finding R5). */
  readonly trustedProxies: readonly string[];
  /** Addresses and CIDR ranges whose probes are not rate limited. */
  readonly probeAllowedNetworks: readonly string[];
  /** Addresses and CIDR ranges that may read Prometheus metrics (finding R6). */
  readonly metricsAllowedNetworks: readonly string[];
  readonly bodyLimitBytes: number;
}

/** The limits of PROTOCOL.md and the time-outs that go untold. */
export const httpDoorDefaults = {
  version: '0.0.0',
  pathPrefix: '/chatbox',
  corsOrigins: [],
  trustedProxies: [],
  probeAllowedNetworks: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '::1/128'],
  metricsAllowedNetworks: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '::1/128'],
  bodyLimitBytes: 1_048_576,
  userRequestsPerMinute: 300,
  adminRequestsPerMinute: 20,
  adminReadsPerMinute: 300,
  publicRequestsPerMinute: 60,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 72_000,
  stallTimeoutMs: 60_000,
} as const satisfies HttpDoorSettings;

/** Answers the readiness probe. */
export interface ReadinessSource {
  report(): Promise<ReadinessReport>;
}

/** Gives the metrics as text. */
export interface MetricsSource {
  /** Content type of what `text` resolves to. */
  readonly contentType: string;
  text(): Promise<string>;
}

/** Whom the HTTP door asks. */
export interface HttpDoorDeps {
  readonly chat: ChatQueries;
  readonly verifier: TokenVerifier;
  /** Why an upgrade like this request would be refused; a request that has no upgrade headers always is. */
  readonly refuseUpgrade: (request: IncomingMessage) => Promise<Refusal>;
  readonly readiness: ReadinessSource;
  readonly metrics: MetricsSource;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly log: Log;
}
