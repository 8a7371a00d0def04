import { App } from 'aws-cdk-lib';
import { AppSyncExample } from './stack';

// npx cdk deploy --app "npx tsx examples/app-sync/app.ts"
new AppSyncExample(new App(), 'orders-graphql-dev');
