// Station: config. What a setting is: data, from which parsing, help, docs and redaction are made. Called by fields/* and schema.
import type { Random } from '../../common/random.js';
import type { Parser } from './parsers.js';

/** How the server is run: `dev` tries it on this machine, `production` guesses nothing. */
export type Mode = 'dev' | 'production';

/** What a setting is when nobody gave it. */
export interface Fallback<T> {
  readonly dev: T;
  readonly production: T;
}

/** One setting. */
export interface Field<T> {
  readonly field: true;
  /** One sentence for the reader of the docs. */
  readonly doc: string;
  /** Environment names; the first is ours to show, the others are accepted for older deployments. */
  readonly env: readonly string[];
  /** Command-line flag of `chatbox serve`, without dashes. */
  readonly flag: string | null;
  readonly parser: Parser<T>;
  readonly fallback: Fallback<T>;
  readonly secret: boolean;
  /** What production needs to be told, for the docs; the rule itself is in checks. */
  readonly needed: string | null;
  /** Whether an empty value is a value (else it means "not given"). */
  readonly emptyIsValue: boolean;
  /** Makes a value that the parser accepts. */
  readonly generate: ((random: Random) => string) | null;
}

/** What a field may say beside its parser and its fallback. */
export interface FieldOptions {
  readonly env: readonly string[];
  readonly doc: string;
  readonly flag?: string;
  readonly secret?: boolean;
  readonly needed?: string;
  readonly emptyIsValue?: boolean;
  readonly generate?: (random: Random) => string;
}

/** A tree of fields, as nested as the configuration that is made of it. */
export interface FieldTree {
  readonly [name: string]: Field<unknown> | FieldTree;
}

/** The configuration that a tree of fields resolves to. */
export type Resolved<T> = {
  readonly [K in keyof T]: T[K] extends { readonly parser: Parser<infer V> } ? V : Resolved<T[K]>;
};

/** Whether a node of a tree is a field. */
export function isField(node: Field<unknown> | FieldTree): node is Field<unknown> {
  return node.field === true;
}

function make<T>(parser: Parser<T>, fallback: Fallback<T>, options: FieldOptions): Field<T> {
  return {
    field: true,
    doc: options.doc,
    env: options.env,
    flag: options.flag ?? null,
    parser,
    fallback,
    secret: options.secret ?? false,
    needed: options.needed ?? null,
    emptyIsValue: options.emptyIsValue ?? false,
    generate: options.generate ?? null,
  };
}

/** A setting with one default in both modes. */
export function setting<T>(parser: Parser<T>, value: T, options: FieldOptions): Field<T> {
  return make(parser, { dev: value, production: value }, options);
}

/** A setting whose default depends on the mode. */
export function settingByMode<T>(parser: Parser<T>, values: Fallback<T>, options: FieldOptions): Field<T> {
  return make(parser, values, options);
}

/** A setting that may be absent. */
export function optional<T>(parser: Parser<T>, options: FieldOptions): Field<T | null> {
  return make<T | null>(parser, { dev: null, production: null }, options);
}
