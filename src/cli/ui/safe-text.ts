// Station: cli/ui. Remote text before it is drawn: nothing in it moves the cursor, writes the clipboard or turns the reader's eye. Called by all of ui, cli/chat and cli/output.

/**
 * Escape sequences: OSC, DCS, APC, PM and SOS strings with their end, CSI, and escapes of two characters; 7-bit and 8-bit forms. A string without an end
 * loses its beginning only, so that nobody can hide what follows; none reaches over the beginning of another, so that this takes linear time.
 */
const sequences =
  /(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0090\u0098\u009c-\u009f]*(?:\u0007|\u001b\\|\u009c)|(?:\u001b\[|\u009b)[\u0030-\u003f]*[\u0020-\u002f]*[\u0040-\u007e]?|\u001b[\u0020-\u002f]*[\u0030-\u007e]?/g;

/** Controls but line feed and tab; marks that reverse or isolate direction; line and paragraph separators; invisible tags; interlinear marks; lone surrogates. */
export const unsafe =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

const tabStop = '    ';

/** Text that may be drawn over several lines: line breaks stay, tabs become spaces, the rest of what a terminal obeys is gone. */
export function safeText(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(sequences, '').replace(unsafe, '').replaceAll('\t', tabStop);
}

/** Text that may be drawn on one line: line breaks become spaces. */
export function safeLine(text: string): string {
  return safeText(text)
    .replace(/\s*\n\s*/g, ' ')
    .trim();
}
