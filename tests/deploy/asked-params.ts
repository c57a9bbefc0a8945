/** A deployment that asks for everything that only comes where a parameter asks for it. */

export const EMAIL = 'operator@example.com';

export const ASKED = {
  operatorEmail: EMAIL,
  budgetUsd: '200',
  costCenter: 'payments',
  mutatorConcurrency: '100',
  maintenanceConcurrency: '50',
  faceConcurrency: '400',
  executionLogLevel: 'ALL',
  slowAnswerMs: '900',
  keepVersions: 'true',
  statusAuth: 'iam',
  statusPage: 'on',
  domainName: 'api.example.com',
  certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/abc-1',
  webAclArn: 'arn:aws:wafv2:us-east-1:123456789012:regional/webacl/mine/abc-1',
  subnetIds: 'subnet-0a1b2c3d,subnet-0123456789abcdef0',
  securityGroupIds: 'sg-0a1b2c3d',
  historyRetentionDays: '731',
  webhookUrl: 'https://example.com/hooks',
  webhookSecret: '/hooks/secret',
  otelEndpoint: 'https://collector.example.com:4318',
} as const;
