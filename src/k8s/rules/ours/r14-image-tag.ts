// Station: k8s/rules. R14: an image that is another one tomorrow. Listed in index.
import { textAt } from '../json.js';
import { containersIn } from '../pod.js';
import type { Rule } from '../rule.js';

/** R14. */
export const imageTag: Rule = {
  id: 'R14',
  title: 'Images have a version',
  why: 'without a tag, or with latest, two pods of one rollout may run different programs, and nothing leads back to the one before',
  fix: 'name a version or, better, a digest: image:1.2.3 or image@sha256:…',
  severity: 'error',
  equivalents: {
    'kube-score': ['container-image-tag'],
    'kube-linter': ['latest-tag'],
    polaris: ['tagNotSpecified'],
    trivy: ['KSV-0013'],
    checkov: ['CKV_K8S_14', 'CKV_K8S_43'],
  },
  check: (object) =>
    containersIn(object).flatMap(({ spec, path, name }) => {
      const image = textAt(spec, 'image');
      const why = image === undefined || image === '' ? 'has no image' : complaintOf(image);
      return why === null ? [] : [{ path: [...path, 'image'], message: `container ${name} ${why}` }];
    }),
};

function complaintOf(image: string): string | null {
  if (/@sha256:[0-9a-f]{64}$/.test(image)) return null;
  const tag = /:([^/:@]+)$/.exec(image)?.[1];
  if (tag === undefined) return `runs ${image}, which names no tag`;
  return tag === 'latest' ? `runs ${image}: latest is another image tomorrow` : null;
}
