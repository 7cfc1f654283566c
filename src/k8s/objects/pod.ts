// Station: k8s/objects. Pods and what is in them. A container without limits, or with a root that may be written, does not compile.
import type { LabelSelector, Texts } from './meta.js';

/** What every container here is held to. */
export interface ContainerSecurity {
  readonly allowPrivilegeEscalation: false;
  readonly capabilities: { readonly drop: readonly ['ALL'] };
  readonly privileged: false;
  readonly readOnlyRootFilesystem: true;
  readonly runAsGroup: number;
  readonly runAsNonRoot: true;
  readonly runAsUser: number;
  readonly seccompProfile: { readonly type: 'RuntimeDefault' };
}

/** What every pod here is held to. */
export interface PodSecurity {
  readonly fsGroup: number;
  readonly fsGroupChangePolicy: 'OnRootMismatch';
  readonly runAsGroup: number;
  readonly runAsNonRoot: true;
  readonly runAsUser: number;
  readonly seccompProfile: { readonly type: 'RuntimeDefault' };
}

interface Amounts {
  readonly cpu: string;
  readonly 'ephemeral-storage': string;
  readonly memory: string;
}

/** A question to a container; times are seconds. */
export interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string; readonly scheme: 'HTTP' };
  readonly tcpSocket?: { readonly port: string };
  readonly exec?: { readonly command: readonly string[] };
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}

/** A value that is written out: secrets come as files. */
export interface EnvVar {
  readonly name: string;
  readonly value: string;
}

/** A container. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy: 'Always';
  readonly args: readonly string[];
  readonly env: readonly EnvVar[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number; readonly protocol: 'TCP' }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly resources: { readonly requests: Amounts; readonly limits: Amounts };
  readonly securityContext: ContainerSecurity;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: true }[];
}

/** Keys of a ConfigMap or Secret, each as a file of its own name. */
export interface Projection {
  readonly name: string;
  readonly items: readonly { readonly key: string; readonly path: string }[];
  readonly optional?: boolean;
}

/** A volume. */
export type Volume = { readonly name: string } & (
  | { readonly configMap: Projection & { readonly defaultMode: number } }
  | { readonly emptyDir: { readonly sizeLimit: string } }
  | { readonly persistentVolumeClaim: { readonly claimName: string } }
  | {
      readonly projected: {
        readonly defaultMode: number;
        readonly sources: readonly { readonly secret: Projection }[];
      };
    }
);

/** Where pods of one kind go. */
export interface Spread {
  readonly maxSkew: 1;
  readonly topologyKey: string;
  readonly whenUnsatisfiable: 'ScheduleAnyway';
  readonly labelSelector: LabelSelector;
}

/** What a workload makes pods of. */
export interface PodTemplate {
  readonly metadata: { readonly labels: Texts; readonly annotations?: Texts };
  readonly spec: {
    readonly serviceAccountName: string;
    readonly automountServiceAccountToken: false;
    readonly enableServiceLinks: false;
    readonly terminationGracePeriodSeconds: number;
    readonly securityContext: PodSecurity;
    readonly topologySpreadConstraints?: readonly Spread[];
    readonly containers: readonly Container[];
    readonly volumes: readonly Volume[];
  };
}
