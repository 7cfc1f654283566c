// Station: common. The message of an error that was written for people, as what failed and how to mend it. Called by the command line and the doctor.

/** The first sentence, without its full stop, and all others as the advice; null where there is none. */
export function splitAdvice(message: string): { readonly what: string; readonly fix: string | null } {
  const [what = '', ...rest] = message.split(/(?<=\.)\s+(?=[A-Z])/);
  const fix = rest.join(' ').replace(/\.$/, '');
  return { what: what.replace(/\.$/, ''), fix: fix === '' ? null : fix };
}
