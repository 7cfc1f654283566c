// Station: protocol. Where machines ask: under the prefix on the public port, bare on the operations port. Read by the routes, the operations door and k8s.

/** Paths of health, readiness and metrics, after the prefix. */
export const probePaths = {
  health: '/healthz',
  readiness: '/readyz',
  metrics: '/metrics/prometheus',
  /** The metrics again, on the operations port alone: where scrapers look first. */
  opsMetrics: '/metrics',
} as const;
