import { h } from './dom';
import { type IconName, icon } from './icons';

/** A box that says one thing, with a picture beside it. */
export const banner = (
  kind: string,
  picture: IconName,
  title: string,
  more?: string,
  foot?: HTMLElement | false,
): HTMLElement =>
  h(
    'div',
    { class: `banner ${kind}` },
    icon(picture),
    h('div', { class: 'banner-text' }, h('p', { class: 'banner-title' }, title), more ? h('p', {}, more) : false, foot),
  );
