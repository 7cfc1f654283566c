// Station: k8s/rules. The generated part of docs/kubernetes-check.md, made of the rules themselves. Called by scripts/docs.mjs and a test.
import { ruleGroups } from './index.js';
import { notAdopted } from './not-adopted.js';
import type { Rule } from './rule.js';

const begin = '<!-- generated: rules -->';
const end = '<!-- end -->';

/**
 * The page with its rules brought up to date; what people wrote around them stays.
 * @throws Error when the markers are missing
 */
export function updateRulesPage(page: string): string {
  const first = page.indexOf(begin);
  const last = page.indexOf(end);
  if (first === -1 || last < first) throw new Error(`docs/kubernetes-check.md lacks the markers ${begin} and ${end}`);
  return `${page.slice(0, first)}${begin}\n${rulesSection()}\n${page.slice(last)}`;
}

function rulesSection(): string {
  const groups = ruleGroups.map(({ title, rules }) => `### ${title}\n\n${table(ruleHead, rules.map(ruleRow))}`);
  const left = notAdopted.map(([tool, ids, why]) => [tool, ids.map(code).join(', '), why]);
  return `${groups.join('\n\n')}\n\n### Not taken over\n\n${table(['tool', 'checks', 'why not'], left)}`;
}

const ruleHead = ['rule', 'what holds', 'why', 'to mend it', 'also looked for by'] as const;

function ruleRow({ id, title, why, fix, severity, equivalents }: Rule): readonly string[] {
  const others = Object.entries(equivalents).map(([tool, ids]) => `${tool} ${ids.map(code).join(', ')}`);
  return [`\`${id}\`${severity === 'warning' ? ' (warning)' : ''}`, title, why, fix, others.join('; ')];
}

const code = (text: string): string => `\`${text}\``;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}
