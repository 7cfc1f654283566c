// Station: k8s/rules. Selectors that select nothing: of Services, budgets, policies and monitors. Called by M6.
import { at, isMap, listAt, mapAt, type Path, textAt, textsAt } from '../json.js';
import { podsOf } from '../pod.js';
import type { Complaint, KubeObject, ObjectSet } from '../rule.js';
import { isEmptySelector, matchesLabels, matchesSelector, podSelectorOf, selectedPods } from '../selectors.js';

/** Selectors of `object` that select none of the given pods or Services. */
export function selectorReferences(object: KubeObject, all: ObjectSet): readonly Complaint[] {
  switch (object.kind) {
    case 'Service':
      return serviceSelector(object, all);
    case 'PodDisruptionBudget':
      return podSelector(object, at(object.raw, 'spec', 'selector'), ['spec', 'selector'], all);
    case 'NetworkPolicy':
      return isEmptySelector(podSelectorOf(object))
        ? []
        : podSelector(object, podSelectorOf(object), ['spec', 'podSelector'], all);
    case 'PodMonitor':
      return monitorSelector(
        object,
        podsOf(all).map(({ owner, labels }) => ({ namespace: owner.namespace, labels })),
      );
    case 'ServiceMonitor':
      return monitorSelector(
        object,
        all
          .ofKind('Service')
          .map(({ namespace, raw }) => ({ namespace, labels: new Map(textsAt(raw, 'metadata', 'labels')) })),
      );
    default:
      return [];
  }
}

function serviceSelector(object: KubeObject, all: ObjectSet): readonly Complaint[] {
  const selector = mapAt(object.raw, 'spec', 'selector');
  // Without a selector somebody else keeps its endpoints, and an ExternalName has none.
  if (Object.keys(selector).length === 0 || textAt(object.raw, 'spec', 'type') === 'ExternalName') return [];
  if (podsOf(all, object.namespace).some(({ labels }) => matchesLabels(selector, labels))) return [];
  return [{ path: ['spec', 'selector'], message: `selects no pod: ${describe(textsAt(selector))}` }];
}

function podSelector(object: KubeObject, selector: unknown, path: Path, all: ObjectSet): readonly Complaint[] {
  if (isMap(selector) && selectedPods(object, selector, all).length > 0) return [];
  return [{ path, message: `selects no pod: ${describe(textsAt(selector, 'matchLabels'))}` }];
}

interface Target {
  readonly namespace: string;
  readonly labels: ReadonlyMap<string, string>;
}

/** A monitor looks in its own namespace unless it names others. */
function monitorSelector(object: KubeObject, targets: readonly Target[]): readonly Complaint[] {
  const names = listAt(object.raw, 'spec', 'namespaceSelector', 'matchNames');
  const isAnywhere = at(object.raw, 'spec', 'namespaceSelector', 'any') === true;
  const selector = at(object.raw, 'spec', 'selector') ?? {};
  const isThere = targets.some(
    ({ namespace, labels }) =>
      (isAnywhere || (names.length > 0 ? names.includes(namespace) : namespace === object.namespace)) &&
      matchesSelector(selector, labels),
  );
  if (isThere) return [];
  return [{ path: ['spec', 'selector'], message: `selects nothing: ${describe(textsAt(selector, 'matchLabels'))}` }];
}

function describe(labels: readonly (readonly [string, string])[]): string {
  return labels.map(([key, value]) => `${key}=${value}`).join(', ') || 'no labels';
}
