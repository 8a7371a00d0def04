/** How often something random is tried: a tenth of what is named in `npm test`, all of it in `npm run test:rounds`. */
export const rounds = (all: number): number => ('ALL_ROUNDS' in globalThis ? all : Math.ceil(all / 10));
