// The rules of this repository that no linter knows, part of `npm run check`: prints `file:line: rule: why`, exits 1 when one is broken.
// `--root DIR` checks another folder (the tests of the rules do).
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkFindings } from './house-rules/findings.mjs';
import { fileRules, lineRules } from './house-rules/rules.mjs';

const skippedFolders = new Set(['node_modules', 'dist', 'coverage', '.git', '.chatbox', 'data']);
const readFolders = /^(src|test|bench|scripts|bin|templates|docs|\.ci|\.github)\/|^[^/]+$/;
const textFile =
  /(\.(ts|tsx|js|mjs|json|md|ya?ml|html|sh|env|example|conf|toml)|(^|\/)(run|Dockerfile[^/]*|Jenkinsfile|\.env[^/]*))$/;
const maxFileBytes = 2 * 1024 * 1024;

function readTree(root) {
  const files = new Map();
  const walk = (folder) => {
    for (const found of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, found.name);
      if (found.isDirectory()) {
        if (!skippedFolders.has(found.name)) walk(path);
        continue;
      }
      const name = relative(root, path).split(sep).join('/');
      if (!found.isFile() || !readFolders.test(name) || !textFile.test(name)) continue;
      const text = readFileSync(path, 'utf8');
      if (text.length <= maxFileBytes) files.set(name, text);
    }
  };
  walk(root);
  return files;
}

function lineOf(text, index) {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

function checkFile(file, text) {
  const broken = [];
  for (const rule of lineRules) {
    if (!rule.in.test(file) || rule.notIn?.test(file)) continue;
    for (const match of text.matchAll(rule.pattern)) {
      if (rule.unless?.(match, text)) continue;
      broken.push({ file, line: lineOf(text, match.index), rule: rule.name, why: rule.why });
    }
  }
  for (const rule of fileRules) {
    if (!rule.in.test(file) || rule.notIn?.test(file)) continue;
    for (const { line, why } of rule.check(text, file)) broken.push({ file, line, rule: rule.name, why });
  }
  return broken;
}

const { values } = parseArgs({ options: { root: { type: 'string' } } });
const root = values.root ?? fileURLToPath(new URL('..', import.meta.url));
const files = readTree(root);
const broken = [...files].flatMap(([file, text]) => checkFile(file, text));
broken.push(...checkFindings(files));
broken.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
for (const { file, line, rule, why } of broken) console.log(`${file}:${line}: ${rule}: ${why}`);
if (broken.length > 0) {
  console.log(`${broken.length} house rules broken in ${files.size} files`);
  process.exitCode = 1;
}
