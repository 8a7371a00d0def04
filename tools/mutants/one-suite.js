// All suites of a room as one. Jest loads everything anew for each suite; a mutant costs a fraction of that this way.
const { join } = require('node:path');

for (const suite of globalThis.SUITES) {
  describe(suite, () => {
    require(join(__dirname, '..', '..', suite));
  });
}
