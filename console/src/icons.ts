const SVG = 'http://www.w3.org/2000/svg';

/** Paths on a grid of 24. */
const PATHS = {
  desktop: ['M5 5.5h14a1 1 0 0 1 1 1V15H4V6.5a1 1 0 0 1 1-1Z', 'M2.5 18.5h19', 'M4 15l-1.5 3.5', 'M20 15l1.5 3.5'],
  mobile: [
    'M8.5 3h7A1.5 1.5 0 0 1 17 4.5v15a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 7 19.5v-15A1.5 1.5 0 0 1 8.5 3Z',
    'M11 18h2',
  ],
  tablet: [
    'M6.5 3h11A1.5 1.5 0 0 1 19 4.5v15a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 19.5v-15A1.5 1.5 0 0 1 6.5 3Z',
    'M11 18h2',
  ],
  tv: ['M4 5h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1Z', 'M8 20h8'],
  bot: [
    'M6.5 9h11A1.5 1.5 0 0 1 19 10.5v7a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 17.5v-7A1.5 1.5 0 0 1 6.5 9Z',
    'M12 9V5',
    'M9.5 13.5v1',
    'M14.5 13.5v1',
  ],
  unknown: [
    'M5 5h14a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1Z',
    'M10.3 9.3a1.75 1.75 0 1 1 2.5 1.7c-.6.3-.8.6-.8 1.2',
    'M12 14.3v.01',
    'M8 20h8',
  ],
  shield: ['M12 3.5 5 6v5.5c0 4.3 2.9 7.6 7 9 4.1-1.4 7-4.7 7-9V6Z', 'm9 11.8 2.2 2.2 3.9-4.1'],
  alert: ['M12 4 3 19.5h18Z', 'M12 10v4', 'M12 16.8v.01'],
  offline: [
    'M3 3l18 18',
    'M5 12.5a10 10 0 0 1 4-2.4',
    'M2.5 9a14 14 0 0 1 4-2.6',
    'M11 6a14 14 0 0 1 10.5 3',
    'M8.5 16a5 5 0 0 1 7 0',
    'M15 11.3a10 10 0 0 1 4 1.2',
    'M12 19.5v.01',
  ],
  check: ['M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Z', 'm8.5 12.2 2.4 2.4 4.6-4.9'],
  back: ['M14.5 5.5 8 12l6.5 6.5'],
} as const;

export type IconName = keyof typeof PATHS;

/** A picture beside words that say the same: it is hidden from those who have the words read to them. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  for (const data of PATHS[name]) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', data);
    svg.append(path);
  }
  return svg;
}
