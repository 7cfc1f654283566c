// Station: cli/k8s-check. Runs `chatbox k8s check`: reads manifests, applies the rules, prints what they found.
import { resolve } from 'node:path';
import { rules } from '../../k8s/rules/index.js';
import { type RuleFinding, type RuleReport, runRules } from '../../k8s/rules/run-rules.js';
import { toSarif } from '../../k8s/rules/sarif.js';
import { readWaiverFile, type Waiver } from '../../k8s/rules/waivers.js';
import { diskFiles } from '../../server/config/sources.js';
import { type Invocation, optionText } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { jsonLine } from '../output/json-line.js';
import { shapeOf, table } from '../output/table.js';
import { packageVersion } from '../version.js';
import { findManifests, renderChart } from './find-manifests.js';

/** Prints the findings; exit 1 where there are some, 0 where there are none. Throws CliError for what cannot be read. */
export async function runCheck(invocation: Invocation): Promise<number> {
  const { io, args, output, options } = invocation;
  if (options.rules === true) return await listRules(invocation);
  if (args.length === 0) {
    throw new CliError(
      exitCodes.usage,
      'nothing to check was named',
      'name files or folders, or - for standard input: chatbox k8s render … | chatbox k8s check -',
    );
  }
  const waivers = await waiversOf(invocation);
  const { objects, skipped, templates } = await findManifests(io, args);
  const report = runRules(objects, rules, waivers);
  for (const place of skipped) output.talk(`${place}: no Kubernetes object, left out`);
  for (const place of templates) output.talk(`${place}: a Helm template, left out`);
  if (templates.length > 0) output.talk(renderChart);
  if (options.sarif === true) await output.data(jsonLine(toSarif(report, rules, packageVersion())));
  else await output.result(summaryOf(report), () => describe(report, invocation));
  return report.findings.length > 0 ? exitCodes.failure : exitCodes.ok;
}

function summaryOf(report: RuleReport) {
  const { findings, waived, objects, rules: count } = report;
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return {
    ok: findings.length === 0,
    objects,
    rules: count,
    errors,
    warnings: findings.length - errors,
    findings,
    waived,
  };
}

function describe(report: RuleReport, { io }: Invocation): string {
  const { objects, errors, warnings, findings, waived } = summaryOf(report);
  const rows = findings.map(({ rule, severity, file, line, object, message }) => [
    severity,
    rule,
    `${file}:${line}`,
    object,
    message,
  ]);
  const list =
    rows.length === 0 ? '' : `${table(['STATE', 'RULE', 'WHERE', 'OBJECT', 'FOUND'], rows, shapeOf(io.stdout))}\n`;
  const kept = waived.map(({ rule, object, reason }) => `waived ${rule} of ${object}: ${reason}\n`).join('');
  const found = `${count(findings.length, 'finding')} (${count(errors, 'error')}, ${count(warnings, 'warning')})`;
  const counts = `${found}, ${waived.length} waived; ${count(objects, 'object')}, ${report.rules} rules\n`;
  return `${list}${mends(findings)}${kept}${counts}`;
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

function mends(findings: readonly RuleFinding[]): string {
  const lines = [...new Set(findings.map(({ rule, fix }) => `  ${rule}: ${fix}\n`))];
  return lines.length === 0 ? '' : `To mend:\n${lines.join('')}\n`;
}

async function waiversOf(invocation: Invocation): Promise<readonly Waiver[]> {
  const name = optionText(invocation, 'waivers');
  if (name === undefined) return [];
  const content = await diskFiles.text(resolve(invocation.io.cwd, name));
  if (!content.ok) throw new CliError(exitCodes.notFound, `${name} ${content.reason}`, 'name a file with waivers');
  const read = readWaiverFile(content.text, name);
  if (read.ok) return read.waivers;
  throw new CliError(
    exitCodes.config,
    `${name}:${read.line}: ${read.message}`,
    'write each as - {rule: single-replica, object: Deployment/web, reason: why it may stay}',
  );
}

async function listRules({ io, output }: Invocation): Promise<number> {
  const data = rules.map(({ id, title, why, fix, severity, equivalents }) => ({
    id,
    title,
    why,
    fix,
    severity,
    equivalents,
  }));
  await output.result(data, () =>
    table(
      ['RULE', 'STATE', 'WHAT HOLDS'],
      data.map(({ id, severity, title }) => [id, severity, title]),
      shapeOf(io.stdout),
    ),
  );
  return exitCodes.ok;
}
