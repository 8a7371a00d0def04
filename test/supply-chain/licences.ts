import { writeFileSync } from 'node:fs';
import { runCommand } from '../../command/command';
import { LICENCES_FILE, licencesDocument, shippedPackages } from './shipped';

/** `npm run licences`: writes the list of what ships. */
runCommand(async () => {
  const shipped = await shippedPackages();
  writeFileSync(LICENCES_FILE, licencesDocument(shipped));
  const counts = new Map<string, number>();
  for (const { license } of shipped) counts.set(license, (counts.get(license) ?? 0) + 1);
  console.log(`${shipped.length} packages: ${[...counts].map(([name, count]) => `${count} ${name}`).join(', ')}`);
});
