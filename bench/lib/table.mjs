// The report: one row a goal, as text or JSON, and whether every floor held.
import { median, show } from './stats.mjs';

/**
 * Makes a row from figures that were measured in pairs. `better` is 'higher' (a rate: the floor is the least ratio) or 'lower' (a cost: the floor is the most).
 * A row whose floor is null is there to be seen, and holds whatever it shows.
 */
export function row({ goal, what, against, better, floor, aim, unit, ours, peer, note }) {
  const ratios = ours.map((value, at) => value / peer[at]);
  const ratio = median(ratios);
  const reaches = (bound) => bound === null || (better === 'higher' ? ratio >= bound : ratio <= bound);
  return {
    goal,
    what,
    against,
    better,
    floor,
    aim,
    ratio,
    min: Math.min(...ratios),
    max: Math.max(...ratios),
    ours: median(ours),
    peer: median(peer),
    unit,
    pairs: ratios.length,
    holdsFloor: reaches(floor),
    reachesAim: reaches(aim),
    ...(note === undefined ? {} : { note }),
  };
}

const columns = [
  ['goal', (line) => line.goal],
  ['what', (line) => line.what],
  ['against', (line) => line.against],
  ['floor', (line) => bound(line, line.floor)],
  ['aim', (line) => bound(line, line.aim)],
  ['median', (line) => line.ratio.toFixed(2)],
  ['min', (line) => line.min.toFixed(2)],
  ['max', (line) => line.max.toFixed(2)],
  ['ours', (line) => `${show(line.ours)} ${line.unit}`],
  ['peer', (line) => `${show(line.peer)} ${line.unit}`],
  [
    '',
    (line) =>
      line.floor === null
        ? 'no goal'
        : line.reachesAim
          ? 'aim reached'
          : line.holdsFloor
            ? 'floor held'
            : 'FLOOR MISSED',
  ],
];

function bound(line, value) {
  if (value === null) return '-';
  return `${line.better === 'higher' ? '>=' : '<='} ${value.toFixed(2)}`;
}

/** The rows as a table of plain text. */
export function formatTable(rows) {
  const cells = [columns.map(([title]) => title), ...rows.map((line) => columns.map(([, cell]) => String(cell(line))))];
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => line[at].length)));
  const lines = cells.map((line) =>
    line
      .map((cell, at) => cell.padEnd(widths[at]))
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  const notes = rows.filter((line) => line.note !== undefined).map((line) => `${line.goal}: ${line.note}`);
  return [...lines, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n');
}
