// Station: k8s/objects. What every object has. The types are narrow: they know the fields that are written here, and demand those that must not be forgotten.

/** Labels, selectors, annotations. */
export type Texts = Readonly<Record<string, string>>;

/** Of an object in a namespace. */
export interface Meta {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Texts;
  readonly annotations?: Texts;
}

/** Which pods. */
export interface LabelSelector {
  readonly matchLabels: Texts;
}

/** Every kind, which is told by its `kind` and `apiVersion`. */
export interface ObjectOf<V extends string, K extends string> {
  readonly apiVersion: V;
  readonly kind: K;
}
