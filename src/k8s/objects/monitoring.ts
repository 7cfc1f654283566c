// Station: k8s/objects. What the Prometheus operator reads.
import type { LabelSelector, Meta, ObjectOf, Texts } from './meta.js';

/** Which pods are asked for metrics. */
export interface PodMonitor extends ObjectOf<'monitoring.coreos.com/v1', 'PodMonitor'> {
  readonly metadata: Meta;
  readonly spec: {
    readonly selector: LabelSelector;
    readonly podMetricsEndpoints: readonly {
      readonly port: string;
      readonly path: string;
      readonly scheme: 'http';
      readonly interval: string;
      readonly scrapeTimeout: string;
    }[];
  };
}

/** An alert. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Texts;
  readonly annotations: { readonly summary: string; readonly description: string };
}

/** Alerts. */
export interface PrometheusRule extends ObjectOf<'monitoring.coreos.com/v1', 'PrometheusRule'> {
  readonly metadata: Meta;
  readonly spec: { readonly groups: readonly { readonly name: string; readonly rules: readonly Alert[] }[] };
}
