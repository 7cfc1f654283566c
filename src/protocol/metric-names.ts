// Station: protocol. Names of the metrics that alerts and dashboards are made of: the server counts under them, k8s asks for them.

/** Metrics by what they say. Their labels are checked against what the server prints by a test. */
export const metricNames = {
  sockets: 'chatbox_websocket_connections_total',
  messagesReceived: 'chatbox_messages_received_total',
  messagesSent: 'chatbox_messages_sent_total',
  /** By `code`. */
  errorFrames: 'chatbox_error_frames_total',
  activeSessions: 'chatbox_active_sessions_total',
  answersInFlight: 'chatbox_answers_in_flight',
  /** By `provider`. */
  llmRequests: 'chatbox_llm_requests_total',
  /** By `provider`. */
  llmErrors: 'chatbox_llm_errors_total',
  /** A histogram by `provider`. */
  llmFirstChunk: 'chatbox_llm_first_chunk_seconds',
  /** A histogram by `operation`. */
  storeOperation: 'chatbox_store_operation_seconds',
  /** By `reason`. */
  valuesUnreadable: 'chatbox_values_unreadable_total',
  slowConsumersClosed: 'chatbox_slow_consumers_closed_total',
  /** By `limiter`. */
  rateLimitBlocked: 'chatbox_ratelimit_blocked_total',
  /** By `quantile`. */
  eventLoopLag: 'chatbox_event_loop_lag_seconds',
  residentMemory: 'process_resident_memory_bytes',
  processCpu: 'process_cpu_seconds_total',
} as const;
