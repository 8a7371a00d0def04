import { join } from 'node:path';
import { Aws, Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { buildConsole } from '../console/build';
import { CACHING, consoleHeaders } from '../console/headers';
import { acknowledgeDeployment } from './acknowledgements';
import { newLog } from './data-retention';
import { nameOf } from './names';
import type { Stage } from './options';
import { isPackaged, writtenBy } from './packaged';
import { logOf } from './session-function';
import type { SignInPage } from './users';

const ROOT = join(__dirname, '..');
/** CloudFront has properties of their own for these. */
const SECURITY_HEADERS = new Set([
  'content-security-policy',
  'referrer-policy',
  'x-content-type-options',
  'x-frame-options',
]);

export interface ConsoleSiteProps {
  readonly stage: Stage;
  readonly console: NonNullable<Stage['console']>;
}

/**
 * The console's files behind CloudFront. It comes in two steps, because others need to know where the page is before
 * it can be told where they are: the user pool's client sends people back to it, and the API lets it read answers.
 */
export class ConsoleSite extends Construct {
  /** Of the page, without a slash at its end. */
  readonly origin: string;
  readonly distribution: cloudfront.Distribution;
  private readonly name: string;
  private readonly bucket: Bucket;
  private readonly connectTo: string[] = [];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ConsoleSiteProps,
  ) {
    super(scope, id);
    const { domain } = props.console;
    // CloudFront's names are of the whole account: the same stage may be deployed in another region, too.
    this.name = `${nameOf(props.stage, 'console')}-${Aws.REGION}`;
    this.bucket = new Bucket(this, 'Files', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      // Nothing in it is worth keeping: each deployment builds it anew.
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
    });
    this.distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: `The console of ${props.stage.app}, stage ${props.stage.name}`,
      defaultRootObject: 'index.html',
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(this.bucket, {
          originAccessControl: new cloudfront.S3OriginAccessControl(this, 'Access', {
            originAccessControlName: this.name,
          }),
        }),
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        responseHeadersPolicy: this.headers(),
      },
      // A bucket that may not be listed says 403 of what it does not have. The page routes by the address's hash.
      errorResponses: [
        { httpStatus: 403, responseHttpStatus: 404, responsePagePath: '/index.html', ttl: Duration.seconds(10) },
      ],
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      // A few small files: far from the edges of this class they take a moment more, and cost less.
      priceClass: cloudfront.PriceClass.PRICE_CLASS_100,
      ...(domain && {
        domainNames: [domain.name],
        certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
        minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      }),
    });
    this.origin = `https://${domain?.name ?? this.distribution.distributionDomainName}`;
  }

  /** Puts the files there, and lets the page talk to the API and to the page that signs people in. */
  publish(api: Pick<RestApi, 'restApiId' | 'url'>, signIn: SignInPage): void {
    const { stage } = this.props;
    const { region, urlSuffix } = Stack.of(this);
    // Made of the API's id, not of its stage, which is deployed after the functions that know where the page is.
    this.connectTo.push(`https://${api.restApiId}.execute-api.${region}.${urlSuffix}`, signIn.domain);

    const files = builtConsole();
    const { adminGroup, adminClaim } = stage;
    const cleanupLog = { region, group: logOf(nameOf(stage, 'sessioncleanup')) };
    const config = { apiUrl: api.url, cognito: signIn, adminGroup, adminClaim, cleanupLog };
    const target = {
      destinationBucket: this.bucket,
      logGroup: newLog(this, 'DeploymentLogs', stage, `/aws/lambda/${nameOf(stage, 'console')}`),
    };
    // First what the page loads, then the page. What an older page loads stays, for those who have it open.
    const assets = new BucketDeployment(this, 'Assets', {
      ...target,
      sources: [files],
      exclude: ['*'],
      include: ['assets/*'],
      prune: false,
      cacheControl: [CacheControl.fromString(CACHING.assets)],
    });
    const pages = new BucketDeployment(this, 'Pages', {
      ...target,
      sources: [files, Source.jsonData('config.json', config)],
      exclude: ['assets/*'],
      cacheControl: [CacheControl.fromString(CACHING.pages)],
    });
    pages.node.addDependency(assets);
    acknowledgeDeployment(this.bucket);
  }

  private headers(): cloudfront.ResponseHeadersPolicy {
    const custom = Object.entries(consoleHeaders([])).filter(([header]) => !SECURITY_HEADERS.has(header));
    const override = true;
    return new cloudfront.ResponseHeadersPolicy(this, 'Headers', {
      responseHeadersPolicyName: this.name,
      securityHeadersBehavior: {
        contentSecurityPolicy: {
          contentSecurityPolicy: Lazy.string({
            produce: () => consoleHeaders(this.connectTo)['content-security-policy'],
          }),
          override,
        },
        contentTypeOptions: { override },
        frameOptions: { frameOption: cloudfront.HeadersFrameOption.DENY, override },
        referrerPolicy: { referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER, override },
        strictTransportSecurity: { accessControlMaxAge: Duration.days(365), override },
      },
      customHeadersBehavior: {
        customHeaders: custom.map(([header, value]) => ({ header, value, override })),
      },
    });
  }
}

/** Built while the stack is synthesized, as the functions are: what is deployed is what the sources say. */
const builtConsole = () =>
  isPackaged
    ? Source.asset(join(ROOT, 'console', 'dist'))
    : Source.asset(join(ROOT, 'console'), writtenBy(buildConsole));
