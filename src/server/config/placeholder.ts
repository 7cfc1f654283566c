// Station: config. Values that somebody meant to replace. Called by resolve (finding L4).

const anywhere = /PLACEHOLDER|CHANGE[_-]?ME|REPLACE[_-]?(?:WITH|ME)/i;
const yours = /(?:^|[^a-z])your[-_]/i;
const brackets = /^<[^<>]*>$/;
// In prose the words are words; only the shouted forms are placeholders there.
const shouted = /PLACEHOLDER|CHANGE_ME|REPLACE_WITH/;

/** Whether `raw` is, or holds, a placeholder. @param prose true for text that people write for a model */
export function isPlaceholder(raw: string, prose: boolean): boolean {
  return prose ? shouted.test(raw) : anywhere.test(raw) || yours.test(raw) || brackets.test(raw.trim());
}
