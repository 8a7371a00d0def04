import { App } from 'aws-cdk-lib';
import { RestApiExample } from './stack';

// npx cdk deploy --app "npx tsx examples/rest-api/app.ts"
new RestApiExample(new App(), 'orders-rest-dev');
