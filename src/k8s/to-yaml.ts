// Station: k8s. Objects become YAML that every reader takes the same way, byte for byte the same each time. Called by whatever writes objects.
import { stringify } from 'yaml';

/** One value as YAML. No line is folded, no anchor made, and what YAML 1.1 (which Kubernetes reads) takes for a number or a truth is quoted. */
export function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' });
}

/** Several objects as the documents of one stream. */
export function toStream(objects: readonly unknown[]): string {
  return objects.map((object) => `---\n${toYaml(object)}`).join('');
}
