// Station: test/helpers. The fields of every kind as the official client for Node knows them: a check of schemas that needs nothing but node_modules.
// Called by test/k8s.
import * as client from '@kubernetes/client-node';

interface Attribute {
  readonly baseName: string;
  readonly type: string;
}

interface Model {
  getAttributeTypeMap(): readonly Attribute[];
}

const models = client as unknown as Readonly<Record<string, Model | undefined>>;

/** Names of fields that the client's model of that kind does not have, with their paths; types of plain values too. */
export function unknownFields(kind: string, object: unknown): readonly string[] {
  const version = { HorizontalPodAutoscaler: 'V2' }[kind] ?? 'V1';
  const model = models[`${version}${kind}`];
  return model === undefined ? [`${kind} is no kind of the client`] : walk(object, `${version}${kind}`, kind);
}

function walk(value: unknown, type: string, path: string): readonly string[] {
  const [, list] = /^Array<(.+)>$/.exec(type) ?? [];
  if (list !== undefined) {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return value.flatMap((item, index) => walk(item, list, `${path}[${index}]`));
  }
  const [, entry] = /^\{ \[key: string\]: (.+); \}$/.exec(type) ?? [];
  if (entry !== undefined) {
    return Object.entries(value as object).flatMap(([key, each]) => walk(each, entry, `${path}.${key}`));
  }
  if (type === 'IntOrString')
    return ['string', 'number'].includes(typeof value) ? [] : [`${path} is no number or text`];
  if (['string', 'number', 'boolean'].includes(type)) {
    const isType = typeof value === type;
    return isType ? [] : [`${path} is ${typeof value}, not ${type}`];
  }
  const model = models[type];
  if (model === undefined) return [`${path} has the unknown type ${type}`];
  if (typeof value !== 'object' || value === null) return [`${path} is no ${type}`];
  const attributes = model.getAttributeTypeMap();
  return Object.entries(value).flatMap(([key, each]) => {
    const attribute = attributes.find(({ baseName }) => baseName === key);
    return attribute === undefined
      ? [`${path}.${key} is no field of ${type}`]
      : walk(each, attribute.type, `${path}.${key}`);
  });
}
