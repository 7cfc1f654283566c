// Station: k8s/rules. Every rule, in the order of the docs: findings of ours first. Called by `chatbox k8s check`, the docs page and tests.
import { defaultNamespace } from './network/default-namespace.js';
import { ingressClass } from './network/ingress-class.js';
import { isolatedPods } from './network/isolated-pods.js';
import { routeHost } from './network/route-host.js';
import { routeTls } from './network/route-tls.js';
import { serviceType } from './network/service-type.js';
import { prefixKept } from './ours/h3-prefix-kept.js';
import { gracePeriod } from './ours/h5-grace-period.js';
import { mongoUri } from './ours/m1-mongo-uri.js';
import { references } from './ours/m6-references.js';
import { metadataAddress } from './ours/metadata-address.js';
import { nodeHeap } from './ours/node-heap.js';
import { podSecurity } from './ours/pod-security.js';
import { imageTag } from './ours/r14-image-tag.js';
import { networkPolicy } from './ours/r15-network-policy.js';
import { placeholder } from './ours/r16-placeholder.js';
import { serviceLinks } from './ours/service-links.js';
import { sessionAffinity } from './ours/session-affinity.js';
import { sqliteReplicas } from './ours/sqlite-replicas.js';
import { unreadConfig } from './ours/unread-config.js';
import { capabilities } from './pods/capabilities.js';
import { defaultServiceAccount } from './pods/default-service-account.js';
import { highUserId } from './pods/high-user-id.js';
import { hostNamespaces } from './pods/host-namespaces.js';
import { hostPath } from './pods/host-path.js';
import { hostPort } from './pods/host-port.js';
import { privilegeEscalation } from './pods/privilege-escalation.js';
import { privileged } from './pods/privileged.js';
import { privilegedPort } from './pods/privileged-port.js';
import { readOnlyRoot } from './pods/read-only-root.js';
import { runAsNonRoot } from './pods/run-as-non-root.js';
import { seccomp } from './pods/seccomp.js';
import { serviceAccountToken } from './pods/service-account-token.js';
import { unsafeKernel } from './pods/unsafe-kernel.js';
import { deprecatedApi } from './reliability/deprecated-api.js';
import { disruptionBudget } from './reliability/disruption-budget.js';
import { duplicateEnv } from './reliability/duplicate-env.js';
import { ephemeralStorage } from './reliability/ephemeral-storage.js';
import { hpaAndReplicas } from './reliability/hpa-and-replicas.js';
import { jobLimits } from './reliability/job-limits.js';
import { labelValues } from './reliability/label-values.js';
import { probePort } from './reliability/probe-port.js';
import { probes } from './reliability/probes.js';
import { pullPolicy } from './reliability/pull-policy.js';
import { resources } from './reliability/resources.js';
import { rollout } from './reliability/rollout.js';
import { selectorMatches } from './reliability/selector-matches.js';
import { singleReplica } from './reliability/single-replica.js';
import { spread } from './reliability/spread.js';
import type { Rule } from './rule.js';
import { rbac } from './secrets/rbac.js';
import { secretEnvRef } from './secrets/secret-env-ref.js';
import { secretInConfigmap } from './secrets/secret-in-configmap.js';
import { secretInEnv } from './secrets/secret-in-env.js';

/** A part of the list, for the docs. */
export interface RuleGroup {
  readonly title: string;
  readonly rules: readonly Rule[];
}

/** The rules by what they are about. */
export const ruleGroups: readonly RuleGroup[] = [
  {
    title: 'What this service needs',
    rules: [
      prefixKept,
      gracePeriod,
      mongoUri,
      references,
      metadataAddress,
      nodeHeap,
      podSecurity,
      imageTag,
      networkPolicy,
      placeholder,
      serviceLinks,
      sessionAffinity,
      sqliteReplicas,
      unreadConfig,
    ],
  },
  {
    title: 'What pods may do',
    rules: [
      capabilities,
      defaultServiceAccount,
      highUserId,
      hostNamespaces,
      hostPath,
      hostPort,
      privilegeEscalation,
      privilegedPort,
      privileged,
      readOnlyRoot,
      runAsNonRoot,
      seccomp,
      serviceAccountToken,
      unsafeKernel,
    ],
  },
  {
    title: 'What keeps them running',
    rules: [
      deprecatedApi,
      disruptionBudget,
      duplicateEnv,
      ephemeralStorage,
      hpaAndReplicas,
      jobLimits,
      labelValues,
      probePort,
      probes,
      pullPolicy,
      resources,
      rollout,
      selectorMatches,
      singleReplica,
      spread,
    ],
  },
  {
    title: 'Who reaches them',
    rules: [defaultNamespace, ingressClass, isolatedPods, routeHost, routeTls, serviceType],
  },
  {
    title: 'Secrets and rights',
    rules: [rbac, secretEnvRef, secretInConfigmap, secretInEnv],
  },
];

/** Every rule. */
export const rules: readonly Rule[] = ruleGroups.flatMap((group) => group.rules);
