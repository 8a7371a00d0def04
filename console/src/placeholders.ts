import { h } from './dom';
import { type IconName, icon } from './icons';

/** What stands where there is nothing to list. */
export function emptyState(title: string, more: string, picture: IconName = 'check'): HTMLElement {
  return h('div', { class: 'empty' }, icon(picture), h('p', { class: 'empty-title' }, title), h('p', {}, more));
}

/** Where the cards will be. */
export function skeleton(loading: string): HTMLElement {
  const bar = (size: string) => h('span', { class: `bar ${size}` });
  const card = () => h('div', { class: 'card ghost' }, h('div', { class: 'tile' }), bar('wide'), bar('narrow'));
  return h('div', { class: 'cards' }, h('p', { class: 'unseen' }, loading), card(), card());
}
