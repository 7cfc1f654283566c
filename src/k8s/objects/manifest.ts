// Station: k8s/objects. Every kind that is rendered.
import type { PodMonitor, PrometheusRule } from './monitoring.js';
import type { HttpRoute, Ingress, NetworkPolicy, Service } from './network.js';
import type {
  ConfigMap,
  Deployment,
  HorizontalPodAutoscaler,
  Namespace,
  PersistentVolumeClaim,
  PodDisruptionBudget,
  ServiceAccount,
  StatefulSet,
} from './workloads.js';

/** An object as it is applied. */
export type Manifest =
  | Namespace
  | NetworkPolicy
  | ServiceAccount
  | ConfigMap
  | PersistentVolumeClaim
  | Service
  | StatefulSet
  | Deployment
  | PodDisruptionBudget
  | HorizontalPodAutoscaler
  | HttpRoute
  | Ingress
  | PodMonitor
  | PrometheusRule;
