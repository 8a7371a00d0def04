/**
 * What the bundles take in place of `node:fs/promises`: the SDK would load it to look for configuration files, of which a
 * function has none.
 */
export const readFile = async (path: string): Promise<never> => {
  throw new Error(`A function has no configuration files: ${path} was not looked for.`);
};
