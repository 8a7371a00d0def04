import { App } from 'aws-cdk-lib';
import { GuardedFunctionExample } from './stack';

// npx cdk deploy --app "npx tsx examples/guarded-function/app.ts"
new GuardedFunctionExample(new App(), 'orders-function-dev');
