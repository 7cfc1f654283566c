// A log that writes nothing but what went wrong, to stderr, so that a bench measures no logging and hides no error.

const shout =
  (level) =>
  (event, facts = {}, error = undefined) =>
    process.stderr.write(`server ${level}: ${event} ${JSON.stringify(facts)} ${error?.stack ?? ''}\n`);

/** Implements the log port. */
export const quietLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: shout('warning'),
  error: shout('error'),
};
