// The rules as data. A line rule is a pattern that must not be found; a file rule looks at a whole file. `in` and `notIn` are held against the path.

const code = /^(src|bin|test|bench|scripts)\/.*\.(ts|tsx|js|mjs)$/;
const source = /^src\/.*\.tsx?$/;
const tests = /^test\/.*\.tsx?$/;
const shipped = /^(src|bin|templates|docs)\/|^README\.md$/;
const pipeline = /^(templates|\.ci|\.github)\/|(^|\/)(Dockerfile[^/]*|compose\.ya?ml)$/;
// The rules name what they forbid, and so do their tests.
const rules = /^scripts\/house-rules\/|^test\/architecture\/house-rules\.test\.ts$/;

/** Whether the text just before `index` makes this a comment or a string that only speaks of it. */
const inComment = (match, text) => {
  const start = text.lastIndexOf('\n', match.index) + 1;
  return /^\s*(\/\/|\*|\/\*)/.test(text.slice(start, match.index + 2));
};

export const lineRules = [
  {
    name: 'unfinished',
    why: 'finish it, or make an issue of it',
    in: /^(src|bin|templates|test|bench|scripts|docs|\.ci)\/|^README\.md$/,
    notIn: rules,
    pattern: /\b(TODO|FIXME|XXX|HACK)\b|\bnot implemented\b|\bunimplemented\b/g,
  },
  {
    name: 'switched off',
    why: 'a test that does not run proves nothing; skip only with the reason printed (skipIf, context.skip)',
    in: tests,
    notIn: rules,
    pattern:
      /\b(it|test|describe|suite|bench)(\.\w+)*\.(skip|only|todo|fails)\b(?!If)(?!\((?<q>['"`])[^'"`\n]*\k<q>\))|\b[xf](it|describe)\(/g,
  },
  {
    name: 'fixed wait',
    why: 'wait for an event or poll a condition with a deadline (finding L5)',
    in: tests,
    notIn: /^test\/helpers\/|^test\/architecture\/house-rules\.test\.ts$/,
    pattern: /await\s+(new Promise\s*(<[^>]*>)?\([^;]*?setTimeout|sleep\(|delay\()|from 'node:timers\/promises'/g,
    unless: inComment,
  },
  {
    name: 'retried test',
    why: 'a test that passes the second time is broken',
    in: /^(test\/|vitest)/,
    notIn: rules,
    pattern: /\{[^}\n]*\bretry:\s*[1-9][^}\n]*\},?\s*(async\s*)?\(|^ {4,6}retry:\s*[1-9]/gm,
  },
  {
    name: 'empty catch',
    why: 'an error that nobody hears: handle it, or say in the block why it does not matter',
    in: code,
    notIn: rules,
    pattern: /\bcatch\s*(\(\s*\w*\s*\))?\s*\{\s*\}|\.catch\(\s*\(\s*\w*\s*\)\s*=>\s*\{\s*\}\s*\)/g,
  },
  {
    name: 'proves nothing',
    why: 'this holds whatever the code does',
    in: tests,
    notIn: rules,
    pattern: /\bexpect\((true|false|1|null|undefined)\)/g,
  },
  {
    name: 'silenced compiler',
    why: 'mend the type instead',
    in: code,
    notIn: rules,
    pattern: /@ts-(ignore|nocheck)|\bas any\b(?!\s+\w)|\b(v8|c8|istanbul) ignore\b/g,
  },
  {
    name: 'machine path',
    why: 'a path of one machine; make a temporary folder or take it as an argument',
    in: /^(src|bin|templates|docs|bench|scripts|test|\.ci|\.github)\/|^[^/]+\.(md|json|ts)$/,
    notIn: rules,
    pattern: /(?<![\w.~-])\/(work|root)\/\w*/g,
  },
  {
    name: 'machine path',
    why: "a temporary folder is made with mkdtemp under the system's own",
    in: shipped,
    pattern: /(?<![\w.~-])\/tmp\/\w+/g,
  },
  {
    name: 'exit',
    why: 'only bin/ and the hard timer of the shutdown end the process; return an exit code',
    in: source,
    notIn: /^src\/server\/main\.ts$/,
    pattern: /\bprocess\.exit\(/g,
  },
  {
    name: 'vague name',
    why: 'say what it does: a Manager, Util or Helper is a room without a purpose',
    in: source,
    pattern: /\b(class|interface|type|function|const)\s+\w*(Manager|Utils?|Helpers?)\b/g,
  },
  {
    name: 'not pinned',
    why: 'pin it: a tag that moves is another program tomorrow (findings M8, R14)',
    in: pipeline,
    pattern:
      /:latest\b|@latest\b|^\s*(-\s+)?uses:\s*(?!\S+@[0-9a-f]{40}\b|\.\/|docker:\/\/\S+@sha256:)\S+|\bnpm (i|install)\s+(-g|--global)\s+(?!\S+@\d)\S+|\bnpx\s+(--yes\s+|-y\s+)(?!\S+@\d)\S+|\bcurl\b[^\n|]*\|\s*(ba)?sh\b/gm,
  },
];

const exported = /^export (?:declare )?(?:abstract )?(?:async )?(function\*?|class|interface|type|const) (\w+)/;

/** Exports without a comment right above them. An overload after the first, and a type that is only the `typeof` of its documented value, need none. */
function undocumented(text) {
  const lines = text.split('\n');
  const found = [];
  const seen = new Set();
  lines.forEach((line, index) => {
    const match = exported.exec(line);
    if (match === null) return;
    const [, kind, name] = match;
    const repeated = seen.has(name);
    seen.add(name);
    if (repeated || (kind === 'type' && /=\s*\(?(keyof )?typeof\b/.test(line))) return;
    const above = (lines[index - 1] ?? '').trim();
    if (!above.endsWith('*/'))
      found.push({ line: index + 1, why: `export ${kind} ${name} has no doc comment (units, bounds, what it throws)` });
  });
  return found;
}

/** Base images without a tag that starts with a digit or a digest; a stage of the same file is no image. */
function unpinnedImages(text) {
  const stages = new Set(['scratch']);
  const found = [];
  text.split('\n').forEach((line, index) => {
    const match = /^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/i.exec(line);
    if (match === null) return;
    const [, image, stage] = match;
    if (!stages.has(image) && !/:\d\S*$|@sha256:[0-9a-f]{64}$/.test(image)) {
      found.push({ line: index + 1, why: `${image} has neither a version nor a digest (findings M8, R14)` });
    }
    if (stage !== undefined) stages.add(stage);
  });
  return found;
}

function pinnedVersions(text) {
  const manifest = JSON.parse(text);
  const found = [];
  for (const group of ['dependencies', 'devDependencies', 'optionalDependencies']) {
    for (const [name, version] of Object.entries(manifest[group] ?? {})) {
      if (/^\^?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) continue;
      const line = text.slice(0, text.indexOf(`"${name}": "${version}"`)).split('\n').length;
      found.push({ line, why: `${name} is "${version}": an exact version or a caret range` });
    }
  }
  return found;
}

function namedHosts(text) {
  const at = text.search(/"resolved":\s*"(https?|git)/);
  const why = 'names a host: install with omit-lockfile-registry-resolved';
  return at === -1 ? [] : [{ line: text.slice(0, at).split('\n').length, why }];
}

/** Packages of other platforms that the lock file asks for and does not have: `npm ci` refuses it then, on every platform. */
function absentPackages(text) {
  const { packages = {} } = JSON.parse(text);
  const names = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)));
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !names.has(name))
      .map((name) => ({
        line: text.slice(0, text.indexOf(`"${path}": {`)).split('\n').length,
        why: `${name} is missing, so npm ci will refuse this file: choose a version whose packages can all be had`,
      })),
  );
}

export const fileRules = [
  {
    name: 'too long',
    in: source,
    check(text) {
      const lines = text.split('\n').length - 1;
      return lines > 350 ? [{ line: 351, why: `${lines} lines: more than one room` }] : [];
    },
  },
  {
    name: 'station',
    in: source,
    check: (text) =>
      /^\/\/ Station: \S/.test(text)
        ? []
        : [{ line: 1, why: 'the first line says which station it is and who calls it: "// Station: …"' }],
  },
  {
    name: 'file name',
    in: source,
    check: (_, file) =>
      /^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.tsx?$/.test(file.split('/').at(-1))
        ? []
        : [{ line: 1, why: 'kebab-case, named after its main export' }],
  },
  { name: 'doc comment', in: source, check: undocumented },
  {
    name: 'no assertion',
    in: /^test\/.*\.test\.tsx?$/,
    check: (text) =>
      /\b(expect|assert|\w+Contract)\b/.test(text) ? [] : [{ line: 1, why: 'a test file that expects nothing' }],
  },
  { name: 'not pinned', in: /(^|\/)Dockerfile[^/]*$/, check: unpinnedImages },
  { name: 'version', in: /^package\.json$/, check: pinnedVersions },
  {
    name: 'lock file',
    in: /^package-lock\.json$/,
    check: (text) => [...namedHosts(text), ...absentPackages(text)],
  },
  {
    name: 'coverage gate',
    in: /^vitest\.config\.ts$/,
    check(text) {
      const gates = ['lines', 'branches'].map((name) =>
        Number(new RegExp(`thresholds:[^}]*\\b${name}: (\\d+)`).exec(text)?.[1] ?? 0),
      );
      return gates.every((gate) => gate >= 80)
        ? []
        : [{ line: 1, why: 'lines and branches must be gated at 80 % or more (finding M9)' }];
    },
  },
];
