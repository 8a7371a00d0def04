import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { textOf } from '../../examples/new-device-mail/mail';
import { NewDeviceMail } from '../../examples/new-device-mail/stack';

const CREATED = {
  userId: 'user-1',
  device: { browser: 'Firefox', os: 'Windows' },
  location: { country: 'DE' },
  ipAddress: '192.0.2.1',
};

it('the mail says what signed in, from where and when, and where to end it', () => {
  const text = textOf(CREATED, '2026-11-23T12:00:00Z', 'https://sessions.example.com/');
  expect(text).toContain('Device:  Firefox on Windows\nPlace:   DE (address 192.0.2.1)\nTime:    2026-11-23T12:00:00Z');
  expect(text).toMatch(/\nhttps:\/\/sessions\.example\.com\/$/);
});

it('the mail has no link and no line of what a client says of itself', () => {
  const device = { ...CREATED.device, name: 'Mine\n\nhttps://evil.example/ click' };
  expect(textOf({ ...CREATED, device }, '')).not.toMatch(/https:\/\/evil|evil\.example|Mine\n/);
});

it.each([
  ['whole characters only', `${'x'.repeat(59)}𝒜𝒜`, `${'x'.repeat(59)}𝒜`],
  ['all signs of its script', 'दिल्ली', 'दिल्ली'],
  ['what the device is, if nothing is left of its name', ' \u200b', 'Firefox on Windows'],
])('the mail has of a name %s', (_, name, shown) => {
  expect(textOf({ ...CREATED, device: { ...CREATED.device, name } }, '')).toContain(`\nDevice:  ${shown}\n`);
});

it('only new devices are mailed about, and what fails is kept', () => {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const stack = new NewDeviceMail(app, 'Mail', {
    sessions: 'aerotage-sessions-dev',
    userPoolId: 'eu-west-1_AbCdEfGhI',
    sender: 'security@example.com',
    consoleUrl: 'https://sessions.example.com/',
  });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Events::Rule', {
    EventBusName: 'aerotage-sessions-dev',
    EventPattern: { 'detail-type': ['Session Created'], detail: { newDevice: [true] } },
  });
  template.resourceCountIs('AWS::SQS::Queue', 1);
});
