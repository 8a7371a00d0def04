/** Controls and line separators: none of our own words has any. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
/** They change the order in which the rest of a line is shown. */
const DIRECTIONS = /\p{Bidi_Control}/gu;

/** A text from outside as a page may show it: nothing in it is invisible, or moves what stands next to it. */
export const plain = (text: string): string => text.replace(CONTROLS, ' ').replace(DIRECTIONS, '');

/** The beginning of a text that may be as long as whoever wrote it likes. */
export function shortened(text: string, most: number): string {
  const characters = [...plain(text).trim()];
  return characters.length <= most ? characters.join('') : `${characters.slice(0, most - 1).join('')}…`;
}
