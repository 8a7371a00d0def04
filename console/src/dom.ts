import { plain } from './text';

type Child = Node | string | undefined | false;
type Handlers = { readonly [K in keyof HTMLElementEventMap as `on${K}`]?: (event: HTMLElementEventMap[K]) => void };
type Properties = Handlers & { readonly [name: string]: unknown };

/**
 * Makes an element. Texts become text and attributes attributes: there is no way here to put markup into the page, nor
 * characters that hide or reorder what people read.
 * A property that is undefined or false is left out, one that is true stands without a value.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener);
    else setAttribute(element, name, value);
  }
  for (const child of children) {
    if (child !== undefined && child !== false) element.append(typeof child === 'string' ? plain(child) : child);
  }
  return element;
}

/** Sets an attribute, and takes it away where it is false or undefined. */
export function setAttribute(element: Element, name: string, value: unknown): void {
  if (value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? '' : plain(String(value)));
}

/** Writes a text only where it changes, so that nothing is read out or selected anew for nothing. */
export function setText(element: Element, text: string): void {
  const shown = plain(text);
  if (element.textContent !== shown) element.textContent = shown;
}

/** Says something to those who do not see the page. */
export function announce(text: string): void {
  const region = document.getElementById('announcements');
  // Emptied first: the same words twice would be said once.
  region?.replaceChildren();
  setTimeout(() => region?.replaceChildren(plain(text)), 50);
}

/** Moves the focus to where a person goes on reading. */
export function focusOn(element: HTMLElement): void {
  if (!element.matches('button, input, a')) element.tabIndex = -1;
  element.focus({ preventScroll: true });
}
