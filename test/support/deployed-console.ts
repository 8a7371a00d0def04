import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StageConfiguration } from '../../lib/stage';
import { readAssembly } from '../../local/assembly';
import { resolveTemplate, type Template } from '../../local/template';
import { synthesizeStage } from './stack';

export interface DeployedConsole {
  readonly template: Template;
  readonly origin: string;
  /** What CloudFront adds to each answer, by lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** `config.json`, as the deployment writes it. */
  readonly config: any;
}

/** The console as a stage deploys it, with the names that the local run gives to what AWS would name. */
export function deployedConsole(configuration: StageConfiguration, name = 'test'): DeployedConsole {
  const assembly = readAssembly(synthesizeStage(configuration, { name }));
  const [pages] = Object.values(assembly.resources).filter(({ Properties }) => Properties.SourceMarkers);
  // Resolved like everything else in the template; custom resources themselves are no part of a local run.
  const stowaway = { Type: 'AWS::Lambda::LayerVersion', Properties: { markers: pages?.Properties.SourceMarkers } };
  const resources = { ...assembly.resources, ConsoleStowaway: stowaway };
  const template = resolveTemplate({ ...assembly, resources }, { issuer: 'http://issuer.test' });
  const [, layer] = template.all('AWS::Lambda::LayerVersion').find(([id]) => id === 'ConsoleStowaway') ?? [];
  const keys: string[] = pages?.Properties.SourceObjectKeys ?? [];
  const written = readFileSync(join(assembly.assetPath(keys.at(-1) ?? ''), 'config.json'), 'utf8');
  const filled = Object.entries<string>(layer?.markers.at(-1)).reduce(
    (text, [marker, value]) => text.replaceAll(marker, value),
    written,
  );
  const [, { DistributionConfig }] = template.only('AWS::CloudFront::Distribution');
  const [id] = template.only('AWS::CloudFront::Distribution');
  return {
    template,
    origin: `https://${DistributionConfig.Aliases?.[0] ?? `${id.toLowerCase()}.cloudfront.net`}`,
    headers: headersOf(template),
    config: JSON.parse(filled),
  };
}

function headersOf(template: Template): Record<string, string> {
  const [, { ResponseHeadersPolicyConfig }] = template.only('AWS::CloudFront::ResponseHeadersPolicy');
  const { SecurityHeadersConfig: security, CustomHeadersConfig } = ResponseHeadersPolicyConfig;
  return {
    'content-security-policy': security.ContentSecurityPolicy.ContentSecurityPolicy,
    'referrer-policy': security.ReferrerPolicy.ReferrerPolicy,
    'strict-transport-security': `max-age=${security.StrictTransportSecurity.AccessControlMaxAgeSec}`,
    'x-content-type-options': security.ContentTypeOptions.Override ? 'nosniff' : '',
    'x-frame-options': security.FrameOptions.FrameOption,
    ...Object.fromEntries(CustomHeadersConfig.Items.map(({ Header, Value }: any) => [Header, Value])),
  };
}
