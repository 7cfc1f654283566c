// What a server under load says of itself: only what went wrong, and of that the first lines, on stderr. A load that met errors fails by itself.

const shownLines = 5;
const isTrouble = /"level":("(warn|error|fatal)"|[456]0)/;

/** Takes log lines as JSON. */
export function createTroubleWriter() {
  let left = shownLines;
  return {
    write(line) {
      if (left === 0 || !isTrouble.test(line)) return;
      left -= 1;
      process.stderr.write(`    server: ${line}`);
    },
  };
}
