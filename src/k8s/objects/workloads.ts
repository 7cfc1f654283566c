// Station: k8s/objects. What runs, what it is given, and how it grows and shrinks.
import type { LabelSelector, Meta, ObjectOf, Texts } from './meta.js';
import type { PodTemplate } from './pod.js';

/** A namespace. */
export interface Namespace extends ObjectOf<'v1', 'Namespace'> {
  readonly metadata: { readonly name: string; readonly labels: Texts };
}

/** An account whose token is given to nobody. */
export interface ServiceAccount extends ObjectOf<'v1', 'ServiceAccount'> {
  readonly metadata: Meta;
  readonly automountServiceAccountToken: false;
}

/** Files that are no secret. */
export interface ConfigMap extends ObjectOf<'v1', 'ConfigMap'> {
  readonly metadata: Meta;
  readonly immutable?: true;
  readonly data: Texts;
}

/** A volume that outlives its pod. */
export interface PersistentVolumeClaim extends ObjectOf<'v1', 'PersistentVolumeClaim'> {
  readonly metadata: Meta;
  readonly spec: ClaimSpec;
}

/** What a volume must be. */
export interface ClaimSpec {
  readonly accessModes: readonly ['ReadWriteOnce'];
  readonly resources: { readonly requests: { readonly storage: string } };
  readonly storageClassName?: string;
}

/** How one set of pods replaces another. */
export type Strategy =
  | { readonly type: 'Recreate' }
  | { readonly type: 'RollingUpdate'; readonly rollingUpdate: { readonly maxSurge: 1; readonly maxUnavailable: 0 } };

/** Pods that are alike. */
export interface Deployment extends ObjectOf<'apps/v1', 'Deployment'> {
  readonly metadata: Meta;
  readonly spec: {
    /** Absent where an autoscaler decides. */
    readonly replicas?: number;
    readonly revisionHistoryLimit: number;
    readonly strategy: Strategy;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
  };
}

/** Pods with a volume of their own. */
export interface StatefulSet extends ObjectOf<'apps/v1', 'StatefulSet'> {
  readonly metadata: Meta;
  readonly spec: {
    readonly replicas: 1;
    readonly revisionHistoryLimit: number;
    readonly serviceName: string;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly volumeClaimTemplates: readonly {
      readonly metadata: { readonly name: string; readonly labels: Texts };
      readonly spec: ClaimSpec;
    }[];
  };
}

/** How many pods may be taken away at once. */
export interface PodDisruptionBudget extends ObjectOf<'policy/v1', 'PodDisruptionBudget'> {
  readonly metadata: Meta;
  readonly spec: {
    readonly maxUnavailable: 1;
    readonly selector: LabelSelector;
    readonly unhealthyPodEvictionPolicy: 'AlwaysAllow';
  };
}

interface ScalingRules {
  readonly stabilizationWindowSeconds: number;
  readonly selectPolicy: 'Max';
  readonly policies: readonly {
    readonly type: 'Pods' | 'Percent';
    readonly value: number;
    readonly periodSeconds: number;
  }[];
}

/** How many pods there are, by their load. */
export interface HorizontalPodAutoscaler extends ObjectOf<'autoscaling/v2', 'HorizontalPodAutoscaler'> {
  readonly metadata: Meta;
  readonly spec: {
    readonly scaleTargetRef: { readonly apiVersion: 'apps/v1'; readonly kind: 'Deployment'; readonly name: string };
    readonly minReplicas: number;
    readonly maxReplicas: number;
    readonly metrics: readonly {
      readonly type: 'Resource';
      readonly resource: {
        readonly name: 'cpu';
        readonly target: { readonly type: 'Utilization'; readonly averageUtilization: number };
      };
    }[];
    readonly behavior: { readonly scaleUp: ScalingRules; readonly scaleDown: ScalingRules };
  };
}
