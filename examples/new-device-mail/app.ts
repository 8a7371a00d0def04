import { App } from 'aws-cdk-lib';
import { NewDeviceMail } from './stack';

// npx cdk deploy --app "npx tsx examples/new-device-mail/app.ts"
new NewDeviceMail(new App(), 'new-device-mail-dev', {
  sessions: 'aerotage-sessions-dev',
  userPoolId: 'eu-west-1_AbCdEfGhI',
  sender: 'security@example.com',
  consoleUrl: 'https://sessions.example.com/',
});
