// Station: chat. A session's name from the first sentence said in it. Called by fold.
import { cutCodePoints, withinCodePoints } from '../../common/code-points.js';
import { unnamed } from '../ports/first-projection.js';

const nameLength = 60;

/** The first sentence (or line) of `content`, in at most 60 code points; a longer one is cut at a word and marked. */
export function nameFrom(content: string): string {
  const line = content.split(/[\r\n]/, 1)[0]?.trim() ?? '';
  const sentence = /^.*?[.!?。！？](?=\s|$)/u.exec(line)?.[0] ?? line;
  if (sentence === '') return unnamed;
  if (withinCodePoints(sentence, nameLength)) return sentence;
  const cut = cutCodePoints(sentence, nameLength - 1);
  const word = cut.lastIndexOf(' ');
  return `${word > nameLength / 2 ? cut.slice(0, word) : cut}…`;
}
