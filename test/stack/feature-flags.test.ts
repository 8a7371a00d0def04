import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import recommended from 'aws-cdk-lib/recommended-feature-flags.json';
import { context } from '../../cdk.json';
import { readAssembly } from '../../local/assembly';
import { synthesizeStage } from '../support/stack';

const { stages: _, ...flags } = context;

/** The table in docs/decisions.md: each flag that is not set as CDK recommends. */
function explained(): Record<string, unknown> {
  const text = readFileSync(join(__dirname, '..', '..', 'docs', 'decisions.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `(@aws-cdk\/[^`]+)` \| `([^`]+)` \| \S.+ \|$/gm)];
  return Object.fromEntries(rows.map(([, flag = '', value = '']) => [flag, JSON.parse(value)]));
}

describe('the feature flags of CDK', () => {
  it('are all set, each as this version of CDK recommends or as docs/decisions.md explains', () => {
    const different = explained();
    expect(flags).toEqual({ ...recommended, ...different });
    for (const [flag, value] of Object.entries(different)) {
      expect(recommended).toHaveProperty([flag]);
      expect([flag, value]).not.toEqual([flag, recommended[flag as keyof typeof recommended]]);
    }
  });

  it('deploy the API again when only its authorizer changes', () => {
    const deployment = (authorizerCacheSeconds: number) =>
      Object.entries(readAssembly(synthesizeStage({ authorizerCacheSeconds })).resources).find(
        ([, { Type }]) => Type === 'AWS::ApiGateway::Deployment',
      )?.[0];
    expect(deployment(300)).toBeDefined();
    expect(deployment(0)).not.toBe(deployment(300));
    // Not by chance: the same stage has the same deployment.
    expect(deployment(300)).toBe(deployment(300));
  });
});
