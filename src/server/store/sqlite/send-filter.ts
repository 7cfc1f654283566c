// Station: store/sqlite. Which sends may have been stored before, in a fixed number of bits. Called by the log's writes, on the writing thread.

/** 2 MiB. */
const sizeInBits = 2 ** 24;
/** Each addition sets three bits: with twelve for each, one answer in a hundred is a false alarm. */
const capacity = sizeInBits / 12;

/**
 * A Bloom filter over sends: what it does not hold was never added; what it holds probably was. A new send of a session whose stored sends were all added is
 * so known to be new without a look into their index, which is a cold page for nearly each append.
 */
export class SendFilter {
  readonly #bits = new Uint32Array(sizeInBits / 32);
  #added = 0;

  /** Whether it gives too many false alarms. Then `clear`, and forget of which sessions it held all sends. */
  get isFull(): boolean {
    return this.#added >= capacity;
  }

  add(session: number, hash: number): void {
    if (this.mayHold(session, hash)) return;
    const [first, step] = spread(session, hash);
    this.#set(first);
    this.#set(first + step);
    this.#set(first + 2 * step);
    this.#added += 1;
  }

  mayHold(session: number, hash: number): boolean {
    const [first, step] = spread(session, hash);
    return this.#has(first) && this.#has(first + step) && this.#has(first + 2 * step);
  }

  clear(): void {
    this.#bits.fill(0);
    this.#added = 0;
  }

  #set(place: number): void {
    const bit = place & (sizeInBits - 1);
    this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
  }

  #has(place: number): boolean {
    const bit = place & (sizeInBits - 1);
    return ((this.#bits[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0;
  }
}

/**
 * Two numbers that differ in about half of their bits where session or hash differ in one: the finish of MurmurHash3. Of the second the upper bits, because the lower
 * ones of a product follow from those of its factors: the three places would be known by the first.
 */
function spread(session: number, hash: number): readonly [first: number, step: number] {
  let mixed = Math.imul(session, 0x9e3779b1) ^ hash;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  mixed ^= mixed >>> 16;
  return [mixed, Math.imul(mixed, 0x27d4eb2f) >>> 8];
}
