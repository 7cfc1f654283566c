// Station: cli/ui. The line being written. Called by the screen.
import { Text } from 'ink';
import type { Draft } from './draft.js';
import { draftRows } from './draft-rows.js';
import type { Theme } from './theme.js';

/** What the input line shows. */
export interface InputLineProps {
  readonly draft: Draft;
  readonly columns: number;
  readonly maxRows: number;
  readonly theme: Theme;
}

/** A draft with its cursor, as many rows of it as there is room for. */
export function InputLine({ draft, columns, maxRows, theme }: InputLineProps) {
  const rows = draftRows(draft, columns - 2, maxRows);
  const lines = rows.map(({ before, cursor, after }, at) => {
    const prompt = at === 0 ? theme.user('> ') : '  ';
    return `${prompt}${before}${cursor === null ? '' : theme.inverse(cursor)}${after}`;
  });
  return <Text wrap="truncate">{lines.join('\n')}</Text>;
}
