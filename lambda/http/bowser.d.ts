// bowser's own types describe its parser, but not the two lists that we use. A session keeps no client hints, so there
// are no brands to look for.
declare module 'bowser/src/parser-*' {
  interface Questions {
    readonly test: (pattern: RegExp) => boolean;
    readonly getUA: () => string;
    readonly hasBrand: (brand: string) => boolean;
    readonly getBrandVersion: (brand: string) => string | undefined;
  }
  const descriptors: readonly {
    readonly test: readonly RegExp[] | ((questions: Questions) => boolean);
    readonly describe: (userAgent: string, questions: Questions) => { readonly name?: string };
  }[];
  export default descriptors;
}
