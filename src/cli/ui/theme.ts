// Station: cli/ui. Styles as functions, so that NO_COLOR is decided once. Called by whatever draws.

/** How things are marked. With colours off, bold, dim and inverse stay: they are no colours. */
export interface Theme {
  readonly user: (text: string) => string;
  readonly model: (text: string) => string;
  readonly person: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly inverse: (text: string) => string;
}

const style = (on: number, off: number) => (text: string) => (text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`);
const both =
  (outer: (text: string) => string, inner: (text: string) => string) =>
  (text: string): string =>
    outer(inner(text));

const bold = style(1, 22);

/** For a terminal; `hasColor` is false under NO_COLOR. */
export function terminalTheme(hasColor: boolean): Theme {
  const color = (code: number) => (hasColor ? style(code, 39) : (text: string) => text);
  return {
    user: both(bold, color(36)),
    model: both(bold, color(32)),
    person: both(bold, color(35)),
    warning: color(33),
    dim: style(2, 22),
    inverse: style(7, 27),
  };
}

const asIs = (text: string): string => text;

/** For a pipe: no escape sequences at all. */
export const plainTheme: Theme = { user: asIs, model: asIs, person: asIs, warning: asIs, dim: asIs, inverse: asIs };
