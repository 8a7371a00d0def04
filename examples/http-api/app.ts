import { App } from 'aws-cdk-lib';
import { HttpApiExample } from './stack';

// npx cdk deploy --app "npx tsx examples/http-api/app.ts"
new HttpApiExample(new App(), 'orders-http-dev');
