// Station: common. A text as JSON writes it, quickly: for what is written for every message. Pure. Called by the door and by store/encryption.

/** What JSON writes in another way than it stands (RFC 8259, section 7), and surrogates, of which lone ones are escaped too. */
const special = /["\\\u0000-\u001f\ud800-\udfff]/;

/** The same text as `JSON.stringify(text)`; most texts need no escape, and are then only put in quotes. */
export function jsonText(text: string): string {
  return special.test(text) ? JSON.stringify(text) : `"${text}"`;
}
