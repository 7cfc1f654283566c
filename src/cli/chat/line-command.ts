// Station: cli/chat. What one line of a pipe asks for. Pure. Called by line-mode.

/** A message, another frame, nothing, or a line that can't be meant. */
export type LineCommand =
  | { readonly kind: 'message'; readonly content: string; readonly modelId: string | undefined }
  | { readonly kind: 'cancel' | 'retry' | 'help_request' | 'typing_indicator' | 'nothing' }
  | { readonly kind: 'model_select'; readonly modelId: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** Reads a line: with `isJson` one that begins with `{` is a frame, everything else is what the user says. */
export function lineCommand(line: string, isJson: boolean): LineCommand {
  const text = line.trim();
  if (text === '') return { kind: 'nothing' };
  if (!isJson || !text.startsWith('{')) return { kind: 'message', content: text, modelId: undefined };
  let frame: Record<string, unknown>;
  try {
    frame = Object.assign({}, JSON.parse(text));
  } catch {
    return { kind: 'unknown', why: 'a line that begins with { is not JSON' };
  }
  return frameCommand(frame);
}

function frameCommand(frame: Record<string, unknown>): LineCommand {
  const modelId = textOf(frame.model_id);
  switch (frame.type) {
    case 'user_message': {
      const content = textOf(frame.content);
      return content === undefined
        ? { kind: 'unknown', why: 'a user_message has no content' }
        : { kind: 'message', content, modelId };
    }
    case 'model_select':
      return modelId === undefined
        ? { kind: 'unknown', why: 'a model_select has no model_id' }
        : { kind: 'model_select', modelId };
    case 'cancel':
    case 'retry':
    case 'help_request':
    case 'typing_indicator':
      return { kind: frame.type };
    default:
      return { kind: 'unknown', why: 'a frame has a type that can not be sent from here' };
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
