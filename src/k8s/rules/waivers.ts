// Station: k8s/rules. Waivers: a finding that somebody decided to live with, and wrote down why. Called by run-rules.
import { isScalar, isSeq, isMap as isYamlMap, LineCounter, parseDocument } from 'yaml';
import { nearest } from '../../common/nearest.js';
import { textsAt } from './json.js';
import type { KubeObject } from './rule.js';

/** Annotation of an object: `chatbox.dev/waive.<rule>: reason`. */
const waiverPrefix = 'chatbox.dev/waive.';

/** Shortest reason: less says nothing. */
const shortestReason = 10;

/** A waiver as it was written, good or not. */
export interface Waiver {
  readonly rule: string;
  readonly reason: string;
  /** `Deployment/chatbox`, `Deployment/chat/chatbox` with its namespace, `*` for every object. */
  readonly object: string;
  readonly file: string;
  readonly line: number;
}

/** Why a waiver counts for nothing; null for a good one. */
export function waiverComplaint({ rule, reason }: Waiver, ruleIds: readonly string[]): string | null {
  if (!ruleIds.includes(rule)) {
    const meant = nearest(rule, ruleIds);
    return `waives ${JSON.stringify(rule)}, which is no rule${meant === null ? '' : `; did you mean ${meant}?`}`;
  }
  return reason.trim().length < shortestReason ? `waives ${rule} without a reason` : null;
}

/** The waivers that stand on the object itself. */
export function ownWaivers(object: KubeObject): readonly Waiver[] {
  return textsAt(object.raw, 'metadata', 'annotations').flatMap(([key, reason]) =>
    key.startsWith(waiverPrefix)
      ? {
          rule: key.slice(waiverPrefix.length),
          reason,
          object: nameOf(object),
          file: object.file,
          line: object.lineOf(['metadata', 'annotations', key]),
        }
      : [],
  );
}

/** What an object is called in waivers and tables: `Deployment/chat/chatbox`; without a namespace where it has none. */
export function nameOf({ kind, namespace, name }: KubeObject): string {
  return namespace === '' ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

/** Whether a waiver speaks of `object`. */
export function covers({ object: pattern }: Waiver, object: KubeObject): boolean {
  return pattern === '*' || pattern === nameOf(object) || pattern === `${object.kind}/${object.name}`;
}

/** The waivers of a file, or what is wrong with it. */
export type WaiverFile =
  | { readonly ok: true; readonly waivers: readonly Waiver[] }
  | { readonly ok: false; readonly line: number; readonly message: string };

/** Reads a waiver file: a list of maps with `rule`, `object` and `reason`. */
export function readWaiverFile(text: string, file: string): WaiverFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (offset: number | undefined) => Math.max(1, lines.linePos(offset ?? 0).line);
  const [error] = document.errors;
  if (error !== undefined) return { ok: false, line: lineOf(error.pos[0]), message: 'is not valid YAML' };
  if (!isSeq(document.contents)) return { ok: false, line: 1, message: 'must be a list of waivers' };
  const waivers: Waiver[] = [];
  for (const item of document.contents.items) {
    const line = lineOf(isYamlMap(item) || isScalar(item) ? item.range?.[0] : undefined);
    if (!isYamlMap(item)) return { ok: false, line, message: 'must be a map with rule, object and reason' };
    const text = (key: string) => {
      const value = item.get(key);
      return typeof value === 'string' ? value : '';
    };
    const unknown = item.items.map(({ key }) => String(key)).find((key) => !['rule', 'object', 'reason'].includes(key));
    if (unknown !== undefined || text('rule') === '' || text('object') === '') {
      return { ok: false, line, message: 'must have rule and object (Kind/name or *), reason, and nothing else' };
    }
    waivers.push({ rule: text('rule'), reason: text('reason'), object: text('object'), file, line });
  }
  return { ok: true, waivers };
}
