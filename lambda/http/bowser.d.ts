// bowser describes its whole parser in its types, and none of the two lists that we use of it.

interface Descriptor {
  /** Any of the patterns, or a question to the parser. */
  readonly test: readonly RegExp[] | ((parser: ParserQuestions) => boolean);
  readonly describe: (userAgent: string, parser: ParserQuestions) => { readonly name?: string };
}

/** What descriptors ask of the parser. */
interface ParserQuestions {
  readonly test: (pattern: RegExp) => boolean;
  readonly getUA: () => string;
  /** Brands come from client hints, which a session does not keep. */
  readonly hasBrand: (brand: string) => boolean;
  readonly getBrandVersion: (brand: string) => string | undefined;
}

declare module 'bowser/src/parser-browsers.js' {
  const browsers: readonly Descriptor[];
  export default browsers;
}

declare module 'bowser/src/parser-os.js' {
  const systems: readonly Descriptor[];
  export default systems;
}
