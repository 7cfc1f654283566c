// Station: k8s/rules. M1: a MongoDB URI where everybody can read it. Listed in index.
import { leavesOf, listAt, type Path, textAt, textsAt } from '../json.js';
import { containersIn } from '../pod.js';
import type { KubeObject, Rule } from '../rule.js';

const uri = /\bmongodb(?:\+srv)?:\/\//i;
const withUser = /\bmongodb(?:\+srv)?:\/\/[^\s/@]+@/i;

/** M1. */
export const mongoUri: Rule = {
  id: 'M1',
  title: 'A MongoDB URI is a secret',
  why: 'with credentials in it everybody who may read manifests has them; without any, either the database lets everybody in or the URI is not the one in use',
  fix: 'keep the URI, with a user of its own, in a Secret: chatbox secrets create',
  severity: 'error',
  equivalents: {
    polaris: ['sensitiveConfigmapContent', 'sensitiveContainerEnvVar'],
    trivy: ['KSV-0109', 'KSV-01010'],
  },
  check: (object) =>
    places(object)
      .filter(({ text }) => uri.test(text))
      .map(({ path, text, where }) => ({
        path,
        message: `${where} holds a MongoDB URI ${withUser.test(text) ? 'with its credentials' : 'without credentials'}`,
      })),
};

interface Place {
  readonly path: Path;
  readonly text: string;
  readonly where: string;
}

function places(object: KubeObject): readonly Place[] {
  const maps = object.kind === 'ConfigMap' ? textsAt(object.raw, 'data') : [];
  const annotations = textsAt(object.raw, 'metadata', 'annotations');
  const inPods = containersIn(object).flatMap(({ spec, path, name }) => {
    const env = listAt(spec, 'env').map((entry, index) => ({
      path: [...path, 'env', index, 'value'],
      text: textAt(entry, 'value') ?? '',
      where: `env ${textAt(entry, 'name')} of container ${name}`,
    }));
    const words = (['command', 'args'] as const).flatMap((key) =>
      leavesOf(spec[key]).map((leaf) => ({
        path: [...path, key, ...leaf.path],
        text: leaf.text,
        where: `${key} of container ${name}`,
      })),
    );
    return [...env, ...words];
  });
  return [
    ...maps.map(([key, text]) => ({ path: ['data', key], text, where: `key ${key}` })),
    ...annotations.map(([key, text]) => ({ path: ['metadata', 'annotations', key], text, where: `annotation ${key}` })),
    ...inPods,
  ];
}
