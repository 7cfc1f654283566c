// Station: cli/output. JSON as the commands print it: for programs, and harmless where a person looks at it. Pure. Called by whatever prints JSON.

/**
 * What JSON lets stand in a text though a terminal obeys it, or it turns the reader's eye: C1 controls, marks of direction, line and paragraph separators, the
 * byte order mark, invisible tags. Outside of texts JSON holds none of them.
 */
const unsafe = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g;

/** The value as one line of JSON in which those are escapes: for a program the same value. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(unsafe, escaped);
}

function escaped(text: string): string {
  return Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join(
    '',
  );
}
