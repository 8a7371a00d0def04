import { environmentOf } from '../../local/functions';
import { USER_POOL_PATH } from '../../local/local-routes';
import type { LocalStack } from '../../local/stack';
import { resolveTemplate } from '../../local/template';
import { synthesized } from './stack';

/**
 * The authorizer's function as the local run has it: its bundle's folder, and its environment, which is a guard's too.
 * The local database checks the permissions of its role.
 */
export function authorizerOf(stack: LocalStack): { folder: string; env: NodeJS.ProcessEnv } {
  const template = resolveTemplate(synthesized(), { issuer: `${stack.url}${USER_POOL_PATH}` });
  const [properties] = template.all('AWS::Lambda::Function').flatMap(([, one]) => {
    return one.FunctionName.includes('-authorizer-') ? [one] : [];
  });
  if (!properties) throw new Error('The stack has no authorizer.');
  const env = environmentOf(properties, { database: stack.databaseEndpoint, eventBus: '' });
  return { folder: template.assetPath(properties.Code.S3Key), env: env as NodeJS.ProcessEnv };
}
