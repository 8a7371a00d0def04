import { App } from 'aws-cdk-lib';
import { SecondApi } from './stack';

// npx cdk deploy --app "npx tsx examples/second-api/app.ts"
const app = new App();
new SecondApi(app, 'orders-dev', { sessions: 'aerotage-sessions-dev' });
