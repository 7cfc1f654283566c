// Station: k8s/rules. Label selectors and whom they select. Called by rules about services, policies and budgets.
import { isMap, listAt, textAt, textsAt } from './json.js';
import { type PodView, podsOf } from './pod.js';
import type { KubeObject, ObjectSet } from './rule.js';

type Labels = ReadonlyMap<string, string>;

/** Whether a map of labels (a Service's selector) selects. An empty one selects nothing here. */
export function matchesLabels(selector: unknown, labels: Labels): boolean {
  const wanted = textsAt(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels.get(key) === value);
}

/** Whether a LabelSelector (`matchLabels`, `matchExpressions`) selects. An empty one selects everything. */
export function matchesSelector(selector: unknown, labels: Labels): boolean {
  if (!isMap(selector)) return false;
  return (
    textsAt(selector, 'matchLabels').every(([key, value]) => labels.get(key) === value) &&
    listAt(selector, 'matchExpressions').every((expression) => matchesExpression(expression, labels))
  );
}

function matchesExpression(expression: unknown, labels: Labels): boolean {
  const value = labels.get(textAt(expression, 'key') ?? '');
  const values = listAt(expression, 'values');
  switch (textAt(expression, 'operator')) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

/** Whether a LabelSelector names anything at all. */
export function isEmptySelector(selector: unknown): boolean {
  return (
    !isMap(selector) ||
    (textsAt(selector, 'matchLabels').length === 0 && listAt(selector, 'matchExpressions').length === 0)
  );
}

/** The pods that the selector of `object` (at `spec.selector`, or `spec.podSelector` of a policy) selects, in its namespace. */
export function selectedPods(object: KubeObject, selector: unknown, all: ObjectSet): readonly PodView[] {
  return podsOf(all, object.namespace).filter(({ labels }) => matchesSelector(selector, labels));
}

/** The NetworkPolicies that select a pod. */
export function policiesFor(pod: PodView, all: ObjectSet): readonly KubeObject[] {
  return all
    .ofKind('NetworkPolicy', pod.owner.namespace)
    .filter((policy) => matchesSelector(podSelectorOf(policy), pod.labels));
}

/** The selector of a NetworkPolicy: one without any selects every pod. */
export function podSelectorOf(policy: KubeObject): unknown {
  const spec = policy.raw.spec;
  return isMap(spec) ? (spec.podSelector ?? {}) : {};
}
