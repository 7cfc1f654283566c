// Station: k8s/rules. Every rule on every object, less what is waived in writing. Pure. Called by `chatbox k8s check` and tests of render.
import { describePath } from './json.js';
import { objectSet } from './object-set.js';
import type { KubeObject, Rule, Severity } from './rule.js';
import { covers, nameOf, ownWaivers, type Waiver, waiverComplaint } from './waivers.js';

/** Something wrong, as it is shown. */
export interface RuleFinding {
  readonly rule: string;
  readonly severity: Severity;
  /** `Deployment/chat/chatbox`. */
  readonly object: string;
  /** `spec.template.spec.containers[0].image`; empty for the object as a whole. */
  readonly path: string;
  readonly message: string;
  readonly fix: string;
  readonly file: string;
  readonly line: number;
}

/** What somebody decided to live with. */
export interface WaivedFinding extends RuleFinding {
  readonly reason: string;
}

/** The result of a check. */
export interface RuleReport {
  /** By file, line, rule. */
  readonly findings: readonly RuleFinding[];
  readonly waived: readonly WaivedFinding[];
  readonly objects: number;
  readonly rules: number;
}

/** Rule id of findings about waivers themselves. They cannot be waived. */
const waiverRule = 'waiver';

const waiverFix = 'write which rule, and in a sentence why: chatbox.dev/waive.<rule>: reason';

/** Runs `rules` over `objects`. @param extra waivers that stand in a file of their own */
export function runRules(
  objects: readonly KubeObject[],
  rules: readonly Rule[],
  extra: readonly Waiver[] = [],
): RuleReport {
  const all = objectSet(objects);
  const ids = rules.map(({ id }) => id);
  const findings: RuleFinding[] = badWaivers(extra, ids);
  const waived: WaivedFinding[] = [];
  for (const object of objects) {
    const own = ownWaivers(object);
    findings.push(...badWaivers(own, ids));
    const good = [...own, ...extra.filter((waiver) => covers(waiver, object))].filter(
      (waiver) => waiverComplaint(waiver, ids) === null,
    );
    for (const rule of rules) {
      const waiver = good.find(({ rule: id }) => id === rule.id);
      for (const { path, message } of rule.check(object, all)) {
        const finding: RuleFinding = {
          rule: rule.id,
          severity: rule.severity,
          object: nameOf(object),
          path: describePath(path),
          message,
          fix: rule.fix,
          file: object.file,
          line: object.lineOf(path),
        };
        if (waiver === undefined) findings.push(finding);
        else waived.push({ ...finding, reason: waiver.reason.trim() });
      }
    }
  }
  return {
    findings: findings.sort(byPlace),
    waived: waived.sort(byPlace),
    objects: objects.length,
    rules: rules.length,
  };
}

function badWaivers(waivers: readonly Waiver[], ids: readonly string[]): RuleFinding[] {
  return waivers.flatMap((waiver) => {
    const message = waiverComplaint(waiver, ids);
    if (message === null) return [];
    const { object, file, line } = waiver;
    return { rule: waiverRule, severity: 'error', object, path: '', message, fix: waiverFix, file, line };
  });
}

function byPlace(a: RuleFinding, b: RuleFinding): number {
  return a.file.localeCompare(b.file, 'en') || a.line - b.line || a.rule.localeCompare(b.rule, 'en');
}
