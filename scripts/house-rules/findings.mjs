// Which findings must have a regression test by now. A finding is named by its id at the start of a test's name, so that `npx vitest run -t 'R21'` shows it.

const required = [
  'H3',
  'H4',
  'H5',
  'M1',
  'M6',
  'M7',
  'M8',
  'L4',
  'R14',
  'R15',
  'R16',
  'R17',
  'R18',
  'R21',
  'R22',
  'R23',
  'R24',
  'R25',
  'R27',
  'R29',
  'R30',
  'R31',
  'R32',
];

const testName = /\b(?:it|test|describe)(?:\.\w+)*(?:\([^'"`]*\))?\(\s*(['"`])([HMLR]\d+): /g;

/** Findings without a test. A folder without tests at all has none to check. */
export function checkFindings(files) {
  const tests = [...files].filter(([file]) => /^test\/.*\.test\.tsx?$/.test(file));
  if (tests.length === 0) return [];
  const named = new Set(tests.flatMap(([, text]) => [...text.matchAll(testName)].map((match) => match[2])));
  return required
    .filter((id) => !named.has(id))
    .map((id) => ({ file: 'test', line: 1, rule: 'finding', why: `no test is named "${id}: …"` }));
}
