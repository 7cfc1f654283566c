// Station: k8s. The same objects as files with a kustomization over them. Called by the render command.
import type { Rendered } from './render.js';
import { toYaml } from './to-yaml.js';

/** A file to be written: its path in the folder, with / between, and its text. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** One file for each object, and kustomization.yaml, which names them in their order. */
export function kustomization(objects: readonly Rendered[]): readonly TextFile[] {
  const files = objects.map(({ file, manifest }) => ({ path: `${file}.yaml`, text: toYaml(manifest) }));
  const own = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: files.map(({ path }) => path),
  };
  return [{ path: 'kustomization.yaml', text: toYaml(own) }, ...files];
}
