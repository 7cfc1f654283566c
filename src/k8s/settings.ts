// Station: k8s. A deployment, decided: options with their defaults, and what the server says of itself. Made by resolve-settings, read by every resource.
import type { PodsElsewhere } from './controllers.js';
import type { ServerPart } from './server-part.js';

/** How the public comes in. */
export type RouteSettings =
  | { readonly kind: 'gateway'; readonly gateway: string; readonly namespace: string; readonly listener: string }
  | {
      readonly kind: 'ingress';
      readonly ingressClass: string;
      readonly tlsSecret: string;
      readonly clusterIssuer: string | null;
    };

/** A volume. */
export interface StorageSettings {
  readonly sizeMiB: number;
  /** null for the cluster's default class. */
  readonly className: string | null;
}

/** Everything that the objects are made of. */
export interface RenderSettings {
  readonly name: string;
  readonly namespace: string;
  readonly makesNamespace: boolean;
  readonly image: string;
  readonly host: string;
  readonly replicas: number;
  /** null where their number is fixed. */
  readonly maxReplicas: number | null;
  readonly server: ServerPart;
  readonly route: RouteSettings;
  /** Who alone may come in. */
  readonly controller: PodsElsewhere;
  readonly secretName: string;
  readonly secretVersion: string | null;
  readonly cpuMilli: number;
  readonly cpuLimitMilli: number;
  readonly memoryMiB: number;
  readonly preStopSeconds: number;
  readonly graceSeconds: number;
  readonly egressPorts: readonly number[];
  readonly monitoring: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> } | null;
  readonly storage: StorageSettings;
  readonly hasDevDependencies: boolean;
}
