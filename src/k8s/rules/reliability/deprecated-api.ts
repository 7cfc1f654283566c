// Station: k8s/rules. Kinds that newer clusters do not know. Listed in index.
import type { Rule } from '../rule.js';

/** Every kind is served by clusters of today. */
export const deprecatedApi: Rule = {
  id: 'deprecated-api',
  title: 'Every kind is served by clusters of today',
  why: 'a removed version is refused by the API server: the next upgrade stops the next rollout',
  fix: 'use the version that took its place',
  severity: 'error',
  equivalents: {
    'kube-score': ['stable-version'],
    'kube-linter': ['no-extensions-v1beta'],
  },
  check: ({ apiVersion, kind }) => {
    const successor = removed.find(
      ([version, kinds]) => version === apiVersion && (kinds === null || kinds.includes(kind)),
    );
    return successor === undefined
      ? []
      : [{ path: ['apiVersion'], message: `${apiVersion} ${kind} is removed: ${successor[2]}` }];
  },
};

/** Version, kinds (null for all), and what to write now. From the deprecation guide of Kubernetes, up to 1.32. */
const removed: readonly (readonly [string, readonly string[] | null, string])[] = [
  ['extensions/v1beta1', ['Ingress', 'NetworkPolicy'], 'networking.k8s.io/v1'],
  ['extensions/v1beta1', null, 'apps/v1'],
  ['apps/v1beta1', null, 'apps/v1'],
  ['apps/v1beta2', null, 'apps/v1'],
  ['networking.k8s.io/v1beta1', ['Ingress', 'IngressClass'], 'networking.k8s.io/v1'],
  ['autoscaling/v2beta1', null, 'autoscaling/v2'],
  ['autoscaling/v2beta2', null, 'autoscaling/v2'],
  ['policy/v1beta1', ['PodDisruptionBudget'], 'policy/v1'],
  ['policy/v1beta1', ['PodSecurityPolicy'], 'Pod Security admission'],
  ['batch/v1beta1', null, 'batch/v1'],
  ['rbac.authorization.k8s.io/v1alpha1', null, 'rbac.authorization.k8s.io/v1'],
  ['rbac.authorization.k8s.io/v1beta1', null, 'rbac.authorization.k8s.io/v1'],
  ['scheduling.k8s.io/v1beta1', null, 'scheduling.k8s.io/v1'],
  [
    'storage.k8s.io/v1beta1',
    ['CSIDriver', 'CSINode', 'StorageClass', 'VolumeAttachment', 'CSIStorageCapacity'],
    'storage.k8s.io/v1',
  ],
  ['discovery.k8s.io/v1beta1', null, 'discovery.k8s.io/v1'],
  ['events.k8s.io/v1beta1', null, 'events.k8s.io/v1'],
  ['apiextensions.k8s.io/v1beta1', null, 'apiextensions.k8s.io/v1'],
  [
    'admissionregistration.k8s.io/v1beta1',
    ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'],
    'admissionregistration.k8s.io/v1',
  ],
  ['flowcontrol.apiserver.k8s.io/v1beta2', null, 'flowcontrol.apiserver.k8s.io/v1'],
  ['flowcontrol.apiserver.k8s.io/v1beta3', null, 'flowcontrol.apiserver.k8s.io/v1'],
  ['gateway.networking.k8s.io/v1alpha2', ['Gateway', 'GatewayClass', 'HTTPRoute'], 'gateway.networking.k8s.io/v1'],
];
