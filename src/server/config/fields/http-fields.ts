// Station: config/fields. The HTTP side: where the server listens, whom it trusts. Read by schema.
import { setting, settingByMode } from '../field.js';
import { hostName, network, origin, pathPrefix, port } from '../network-parsers.js';
import { byteSize, duration, listOf, orOff } from '../parsers.js';

const privateNetworks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '::1/128'] as const;

/** Settings of the public HTTP server. */
export const httpFields = {
  host: settingByMode(
    hostName,
    { dev: '127.0.0.1', production: '0.0.0.0' },
    { env: ['SERVER_HOST'], flag: 'host', doc: 'Address to listen on.' },
  ),
  port: setting(port, 8080, {
    env: ['SERVER_PORT'],
    flag: 'port',
    doc: 'Port to listen on; 0 lets the system choose.',
  }),
  pathPrefix: setting(pathPrefix, '/chatbox', {
    env: ['CHATBOX_PATH_PREFIX'],
    flag: 'path-prefix',
    emptyIsValue: true,
    doc: 'Path before every route; empty or / for none.',
  }),
  trustedProxies: setting(listOf(network, 100), [], {
    env: ['TRUSTED_PROXIES'],
    doc: 'Networks of proxies whose X-Forwarded-For counts; from anyone else it is ignored.',
  }),
  corsOrigins: setting(listOf(origin, 100), [], {
    env: ['CORS_ALLOWED_ORIGINS'],
    doc: 'Web origins that may call the HTTP API from a browser; none sends no CORS headers.',
  }),
  probeAllowedNetworks: setting(listOf(network, 100), privateNetworks, {
    env: ['PROBE_ALLOWED_NETWORKS'],
    doc: 'Networks whose health and readiness probes are not rate limited.',
  }),
  headersTimeoutMs: setting(duration(100, 600_000), 10_000, {
    env: ['HEADERS_TIMEOUT'],
    doc: 'How long a client may take to send the headers of a request.',
  }),
  requestTimeoutMs: setting(duration(100, 3_600_000), 30_000, {
    env: ['REQUEST_TIMEOUT'],
    doc: 'How long a client may take to send a whole request. A WebSocket has no such limit.',
  }),
  bodyLimitBytes: setting(byteSize(1_024, 104_857_600), 1_048_576, {
    env: ['BODY_LIMIT'],
    doc: 'Largest body of an HTTP request.',
  }),
} as const;

/** Settings of the operations server: Prometheus and probes on a port of their own. */
export const opsFields = {
  host: settingByMode(
    hostName,
    { dev: '127.0.0.1', production: '0.0.0.0' },
    { env: ['OPS_HOST'], doc: 'Address of the operations port.' },
  ),
  port: settingByMode<number | null>(
    orOff(port),
    { dev: null, production: 9090 },
    { env: ['OPS_PORT'], flag: 'ops-port', doc: 'Port for Prometheus and probes alone; off for none.' },
  ),
  metricsAllowedNetworks: setting(listOf(network, 100), privateNetworks, {
    env: ['PROMETHEUS_ALLOWED_NETWORKS'],
    doc: 'Networks that may read Prometheus metrics.',
  }),
} as const;
