// Station: test/architecture. Reads the imports of a source file without a compiler. Called by the checker of the arrows.

/** One import, re-export or `import()` of a file. */
export interface ImportOf {
  readonly specifier: string;
  /** 1-based. */
  readonly line: number;
  /** Gone after compilation: `import type`, `export type … from`, only `type` names in the braces, or `import('x').Y` as a type. */
  readonly isType: boolean;
  /** `import()`: paid for when it runs, not when the file loads. */
  readonly isLazy: boolean;
}

/** `import()` of something that is not a plain string; the checker can't follow it. */
export interface UnreadableImport {
  readonly line: number;
}

const statement = /^[ \t]*(?:import|export)\b(?:([^'"`;]*?)\bfrom\s*|\s*)(['"])([^'"\n]+)\2/gm;
const call = /\bimport\s*\(\s*(?:(['"])([^'"\n]+)\1\s*\)(\s*\.\s*[A-Z])?|([^'"\s)]))/g;

/** The imports of `source`, in order. Reads what the formatter of this repository writes: a statement begins a line. */
export function readImports(source: string): { readonly imports: ImportOf[]; readonly unreadable: UnreadableImport[] } {
  const code = blankComments(source);
  const imports: ImportOf[] = [];
  const unreadable: UnreadableImport[] = [];
  for (const match of code.matchAll(statement)) {
    const [, clause = '', , specifier = ''] = match;
    imports.push({ specifier, line: lineAt(code, match.index), isType: isTypeClause(clause), isLazy: false });
  }
  for (const match of code.matchAll(call)) {
    const line = lineAt(code, match.index);
    const [, , specifier, member] = match;
    if (specifier === undefined) unreadable.push({ line });
    else imports.push({ specifier, line, isType: member !== undefined, isLazy: member === undefined });
  }
  return { imports, unreadable };
}

function isTypeClause(clause: string): boolean {
  const text = clause.trim();
  if (/^type\b/.test(text)) return true;
  const braces = /^\{([^}]*)\}$/.exec(text);
  if (braces === null) return false;
  const names = (braces[1] ?? '').split(',').map((name) => name.trim());
  return names.some((name) => name !== '') && names.every((name) => name === '' || /^type\s/.test(name));
}

/** The same text with comments as spaces, so that lines keep their numbers. A trailing comment is one after the end of a statement. */
export function blankComments(source: string): string {
  const blank = (text: string): string => text.replace(/[^\n]/g, ' ');
  return source
    .replace(/^[ \t]*\/\*[\s\S]*?\*\//gm, blank)
    .replace(/^[ \t]*\/\/.*$/gm, blank)
    .replace(/([;,{}()] *)\/\/.*$/gm, (whole, before: string) => before + blank(whole.slice(before.length)));
}

function lineAt(text: string, index: number): number {
  const lead = /^\s*/.exec(text.slice(index))?.[0].length ?? 0;
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < index + lead; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}
