import { commands, NOT_TYPED, TYPED } from './pages';

it('npm run test:newcomer types each command of the pages for the first hour, or says why not', () => {
  expect(commands().filter((command) => !TYPED.includes(command) && !NOT_TYPED[command])).toEqual([]);
});

it('it types nothing that the pages do not say', () => {
  expect(TYPED.filter((command) => !commands().includes(command))).toEqual([]);
});
