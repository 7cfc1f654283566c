// Station: k8s/rules. What a rule is: data with one function, from which checks, docs and SARIF are made. One file per rule; the list is in index.
import type { JsonMap, Path } from './json.js';

/** An object of a manifest, and where it stands. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** `default` where the manifest names none. */
  readonly namespace: string;
  readonly raw: JsonMap;
  /** What people call the file. */
  readonly file: string;
  /** Line (from 1) on which `path`, or what is nearest above it, begins. */
  readonly lineOf: (path: Path) => number;
}

/** Something that a rule found in an object. Holds no secret. */
export interface Complaint {
  /** Where in the object; empty for the object as a whole. */
  readonly path: Path;
  /** What is wrong, naming names. */
  readonly message: string;
}

/** Checks of other tools that look for the same. */
export type Equivalents = Readonly<
  Partial<Record<'kube-score' | 'kube-linter' | 'polaris' | 'trivy' | 'checkov', readonly string[]>>
>;

/** `error` breaks or exposes something, `warning` will one day. Both fail the check. */
export type Severity = 'error' | 'warning';

/** A rule. */
export interface Rule {
  /** Finding id of ours (`H3`), or words with dashes. Stands in waivers, so it never changes. */
  readonly id: string;
  readonly title: string;
  readonly why: string;
  readonly fix: string;
  readonly severity: Severity;
  readonly equivalents: Equivalents;
  /** What is wrong with `object`, seen among `all` that were given. Pure; never throws for what a manifest holds. */
  readonly check: (object: KubeObject, all: ObjectSet) => readonly Complaint[];
}

/** Everything that was given, with the look-ups that rules need (object-set). */
export interface ObjectSet {
  readonly objects: readonly KubeObject[];
  /** Objects of a kind, of one namespace or of all. */
  ofKind(kind: string, namespace?: string): readonly KubeObject[];
  find(kind: string, namespace: string, name: string): KubeObject | undefined;
}
