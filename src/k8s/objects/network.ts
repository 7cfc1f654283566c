// Station: k8s/objects. How traffic comes in, and what may go out.
import type { LabelSelector, Meta, ObjectOf, Texts } from './meta.js';

/** A name for pods. */
export interface Service extends ObjectOf<'v1', 'Service'> {
  readonly metadata: Meta;
  readonly spec: {
    readonly type: 'ClusterIP';
    /** `None`: the name leads to the pods themselves. */
    readonly clusterIP?: 'None';
    readonly sessionAffinity: 'None';
    readonly selector: Texts;
    readonly ports: readonly {
      readonly name: string;
      readonly port: number;
      readonly protocol: 'TCP';
      readonly targetPort: string;
    }[];
  };
}

/** A route of the Gateway API. */
export interface HttpRoute extends ObjectOf<'gateway.networking.k8s.io/v1', 'HTTPRoute'> {
  readonly metadata: Meta;
  readonly spec: {
    readonly parentRefs: readonly {
      readonly group: 'gateway.networking.k8s.io';
      readonly kind: 'Gateway';
      readonly name: string;
      readonly namespace: string;
      readonly sectionName: string;
    }[];
    readonly hostnames: readonly string[];
    readonly rules: readonly {
      readonly matches: readonly { readonly path: { readonly type: 'PathPrefix'; readonly value: string } }[];
      readonly timeouts: { readonly request: string; readonly backendRequest: string };
      readonly backendRefs: readonly {
        readonly group: '';
        readonly kind: 'Service';
        readonly name: string;
        readonly port: number;
        readonly weight: 1;
      }[];
    }[];
  };
}

/** A route of an ingress controller. */
export interface Ingress extends ObjectOf<'networking.k8s.io/v1', 'Ingress'> {
  readonly metadata: Meta;
  readonly spec: {
    readonly ingressClassName: string;
    readonly tls: readonly { readonly hosts: readonly string[]; readonly secretName: string }[];
    readonly rules: readonly {
      readonly host: string;
      readonly http: {
        readonly paths: readonly {
          readonly path: string;
          readonly pathType: 'Prefix';
          readonly backend: {
            readonly service: { readonly name: string; readonly port: { readonly name: string } };
          };
        }[];
      };
    }[];
  };
}

/** Pods or addresses on the other side. Both selectors of one peer must fit: two peers would be two doors (R15). */
export interface Peer {
  readonly namespaceSelector?: LabelSelector | Readonly<Record<string, never>>;
  readonly podSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr: string; readonly except: readonly string[] };
}

/** A port of the other side, or of ours. */
export interface PolicyPort {
  readonly port: number | string;
  readonly protocol: 'TCP' | 'UDP';
}

/** A way in. */
export interface IngressRule {
  readonly from: readonly Peer[];
  readonly ports: readonly PolicyPort[];
}

/** A way out. */
export interface EgressRule {
  readonly to: readonly Peer[];
  /** Absent for every port. */
  readonly ports?: readonly PolicyPort[];
}

/** Pods that do not have a label. */
export interface PodsWithout {
  readonly matchExpressions: readonly { readonly key: string; readonly operator: 'DoesNotExist' }[];
}

/** What may come in and go out; whatever no rule names may not. */
export interface NetworkPolicy extends ObjectOf<'networking.k8s.io/v1', 'NetworkPolicy'> {
  readonly metadata: Meta;
  readonly spec: {
    readonly podSelector: LabelSelector | PodsWithout | Readonly<Record<string, never>>;
    readonly policyTypes: readonly ['Ingress', 'Egress'];
    readonly ingress: readonly IngressRule[];
    readonly egress: readonly EgressRule[];
  };
}
