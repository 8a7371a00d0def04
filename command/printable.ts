import { inspect } from 'node:util';

/** Controls, marks of direction, invisible characters, line separators and halves of characters. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Text from outside, as a terminal may show it: it can neither move the cursor nor change the order of what is read.
 * @returns the text on one line, with such characters as `\u{1b}`
 */
export const printable = (text: string): string =>
  text.replace(INVISIBLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

/** The same for a text that has lines. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');

/** Shows an error that nobody expects, whole. */
export const printError = (error: unknown): void => console.error(printableLines(inspect(error)));
