// Station: k8s. Every name that one object has and another refers to, once (M6). Called by every resource.
import type { Meta, Texts } from './objects/meta.js';

/** What is said of a deployment to name its parts. */
export interface Named {
  readonly name: string;
  readonly namespace: string;
}

/** The namespace where none is named. */
export const defaultNamespace = 'chatbox';

/** Ports by their names. */
export const portNames = { http: 'http', ops: 'ops', mongodb: 'mongodb' } as const;

/** The port under which the Service is reached. */
export const servicePort = 80;

/** Parts of a deployment. */
export type Component = 'server' | 'mongodb';

/** Names of objects other than the server's own, which is the name of the deployment. */
export const objectNames = {
  /** @param hash of what is in it */
  config: ({ name }: Named, hash: string): string => `${name}-config-${hash}`,
  data: ({ name }: Named): string => `${name}-data`,
  defaultDeny: ({ name }: Named): string => `${name}-default-deny`,
  dashboard: ({ name }: Named): string => `${name}-dashboard`,
  mongodb: ({ name }: Named): string => `${name}-mongodb`,
} as const;

/** Labels by which pods of a part are found; they never change, since a selector cannot. */
export function selectorOf({ name }: Named, component: Component): Texts {
  return {
    'app.kubernetes.io/component': component,
    'app.kubernetes.io/instance': name,
    'app.kubernetes.io/name': 'chatbox',
  };
}

/** Labels of an object. */
export function labelsOf(named: Named, component: Component): Texts {
  return {
    'app.kubernetes.io/component': component,
    'app.kubernetes.io/instance': named.name,
    'app.kubernetes.io/managed-by': 'chatbox-k8s-render',
    'app.kubernetes.io/name': 'chatbox',
    'app.kubernetes.io/part-of': 'chatbox',
  };
}

/** Metadata of an object. */
export function metaOf(named: Named, component: Component, name: string = named.name, annotations: Texts = {}): Meta {
  const meta = { name, namespace: named.namespace, labels: labelsOf(named, component) };
  return Object.keys(annotations).length === 0 ? meta : { ...meta, annotations };
}

/** The label that every namespace has with its own name. */
export const namespaceLabel = 'kubernetes.io/metadata.name';
