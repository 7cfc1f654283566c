// Station: cli/ui. What stands above the input line: the answer being written, what waits, what went wrong, the keys. Pure. Called by the screen.
import type { Snapshot } from '../../client/snapshot.js';
import { keyHelp } from './keys.js';
import { cutLine, tailOf, wrapText } from './layout.js';
import { safeLine, safeText } from './safe-text.js';
import type { Theme } from './theme.js';
import { connectionText, modelName, sessionLabel } from './words.js';

/** What the region above the input line needs. */
export interface LiveStyle {
  readonly columns: number;
  /** Lines that there is room for. */
  readonly rows: number;
  readonly theme: Theme;
  readonly areKeysShown: boolean;
  /** Alerts up to this time were seen: ms since the Unix epoch. */
  readonly alertsSeenAtMs: number;
  /** Why the last message was not taken up; empty when it was. */
  readonly refusal: string;
}

/** At most `rows` lines: what matters most is nearest to the input line. */
export function liveLines(snapshot: Snapshot, style: LiveStyle): string[] {
  const below = [...pendingLines(snapshot, style), ...noteLines(snapshot, style), ...keyLines(style)].slice(
    -style.rows,
  );
  const room = style.rows - below.length;
  return [...(room > 0 ? answerLines(snapshot, { ...style, rows: room }) : []), ...below];
}

function answerLines({ answer, modelId }: Snapshot, { columns, rows, theme }: LiveStyle): string[] {
  if (answer === null) return [];
  const label = `${safeLine(answer.modelId ?? modelId ?? '') || 'Model'}: `;
  if (answer.text === '') return [cutLine(`${label}…`, columns)].map(theme.dim);
  const text = safeText(answer.text);
  const lines = tailOf(label + text, columns, rows + 1);
  const [first = ''] = lines;
  if (lines.length > rows || !first.startsWith(label)) return lines.slice(-rows);
  return [theme.model(label.trimEnd()) + first.slice(label.length - 1), ...lines.slice(1)];
}

function pendingLines({ pending }: Snapshot, { columns, theme }: LiveStyle): string[] {
  return pending.slice(-3).map(({ content, status, error }) => {
    const line = `You: ${safeLine(content)}`;
    if (status === 'sending') return theme.dim(`${cutLine(line, columns - 12)} (sending…)`.slice(0, columns));
    return theme.warning(cutLine(`Not sent: ${safeLine(error ?? '')} (Ctrl-X sends it again) ${line}`, columns));
  });
}

function noteLines({ alerts, floor, typingAtMs }: Snapshot, style: LiveStyle): string[] {
  const { columns, theme } = style;
  const alert = alerts.findLast(({ atMs }) => atMs > style.alertsSeenAtMs);
  const typing =
    typingAtMs === null ? '' : `${floor.holder === 'admin' ? safeLine(floor.name) : 'The other side'} is typing…`;
  return [
    ...(typing === '' ? [] : [theme.dim(cutLine(typing, columns))]),
    ...(style.refusal === '' ? [] : [theme.warning(cutLine(safeLine(style.refusal), columns))]),
    ...(alert === undefined ? [] : wrapText(safeLine(alert.message), columns).slice(0, 2).map(theme.warning)),
  ];
}

function keyLines({ areKeysShown, columns, theme }: LiveStyle): string[] {
  if (!areKeysShown) return [];
  return keyHelp.map(([key, meaning]) => theme.dim(cutLine(`${key.padEnd(26)} ${meaning}`, columns)));
}

/** The line at the bottom: connection, who answers, which session, where to find the keys. */
export function statusLine(snapshot: Snapshot, columns: number): string {
  const { connection, floor, help } = snapshot;
  const who = floor.holder === 'admin' ? `${safeLine(floor.name)} is here` : modelName(snapshot);
  const place = help.queuePlace === null ? '' : ` (place ${help.queuePlace})`;
  const asked = help.isRequested && floor.holder === 'ai' ? `waiting for a person${place}` : '';
  const parts = [connectionText(connection), who, asked, sessionLabel(snapshot), '? keys'];
  return cutLine(parts.filter((part) => part !== '').join(' · '), columns);
}
