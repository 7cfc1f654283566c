// Station: k8s/rules. Images that come from the node’s cache. Listed in index.
import { eachContainer } from '../each-container.js';
import { textAt } from '../json.js';
import type { Rule } from '../rule.js';

/** Images are pulled, or named by digest. */
export const pullPolicy: Rule = {
  id: 'pull-policy',
  title: 'Images are pulled, or named by digest',
  why: 'a tag that is cached on a node runs there without asking for the right to pull it, and without what was pushed since',
  fix: 'set imagePullPolicy: Always, or name the image by digest',
  severity: 'warning',
  equivalents: {
    'kube-score': ['container-image-pull-policy'],
    polaris: ['pullPolicyNotAlways'],
    checkov: ['CKV_K8S_15'],
  },
  check: (object) =>
    eachContainer(object, ['imagePullPolicy'], ({ spec }) => {
      const policy = textAt(spec, 'imagePullPolicy');
      const isExact = /@sha256:[0-9a-f]{64}$/.test(textAt(spec, 'image') ?? '');
      if (policy === 'Always' || (isExact && policy !== 'Never')) return null;
      return `has imagePullPolicy ${policy ?? 'unset'} and no digest`;
    }),
};
