// Station: k8s/rules. A report as SARIF 2.1.0, which code hosts show beside the lines. Called by `chatbox k8s check --sarif`.
import type { Rule } from './rule.js';
import type { RuleFinding, RuleReport, WaivedFinding } from './run-rules.js';

/** The report as a SARIF log. @param version of chatbox */
export function toSarif(report: RuleReport, rules: readonly Rule[], version: string): unknown {
  const results = [...report.findings.map((finding) => result(finding)), ...report.waived.map(waivedResult)];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'chatbox k8s check',
            version,
            rules: rules.map(({ id, title, why, fix, severity }) => ({
              id,
              shortDescription: { text: title },
              fullDescription: { text: why },
              help: { text: fix },
              defaultConfiguration: { level: severity },
            })),
          },
        },
        results,
      },
    ],
  };
}

function result({ rule, severity, object, path, message, file, line }: RuleFinding) {
  return {
    ruleId: rule,
    level: severity,
    message: { text: `${object}${path === '' ? '' : ` ${path}`}: ${message}` },
    locations: [{ physicalLocation: { artifactLocation: { uri: file }, region: { startLine: line } } }],
  };
}

function waivedResult(finding: WaivedFinding) {
  return { ...result(finding), suppressions: [{ kind: 'inSource', justification: finding.reason }] };
}
