import { App } from 'aws-cdk-lib';
import { WebSocketExample } from './stack';

// npx cdk deploy --app "npx tsx examples/web-socket/app.ts"
new WebSocketExample(new App(), 'news-dev');
