/** Who may call a service: everybody, who signs, who has a key, or whom an authorizer knows. */

const API = { Ref: 'ApiGatewayRestApi' };
/** Whether it is a user pool of Cognito that knows who calls. */
export const isPool = (auth) => auth.includes(':userpool/');

/** What a method says of its callers. */
export function authorizationOf(auth) {
  if (auth === 'none') return { AuthorizationType: 'NONE' };
  if (auth === 'iam') return { AuthorizationType: 'AWS_IAM' };
  if (auth === 'apiKey') return { AuthorizationType: 'NONE', ApiKeyRequired: true };
  return {
    AuthorizationType: isPool(auth) ? 'COGNITO_USER_POOLS' : 'CUSTOM',
    AuthorizerId: { Ref: idOf(auth) },
  };
}

/** The authorizers that the services name, and a key with a usage plan where one asks for it. */
export function authorizers({ stage, scopes }, limits) {
  const used = new Set(Object.values(scopes).map(({ auth }) => auth));
  const named = [...used].filter((auth) => !['none', 'iam', 'apiKey'].includes(auth));
  return {
    ...Object.assign({}, ...named.map(authorizer)),
    ...(used.has('apiKey') && keys(stage, limits)),
  };
}

const idOf = (arn) => `Authorizer${arn.split(/[:/]/).at(-1).replaceAll(/\W|_/g, '')}`;

function authorizer(arn) {
  const id = idOf(arn);
  const properties = isPool(arn)
    ? { Type: 'COGNITO_USER_POOLS', ProviderARNs: [arn] }
    : {
        Type: 'TOKEN',
        AuthorizerUri: {
          'Fn::Sub': `arn:\${AWS::Partition}:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/${arn}/invocations`,
        },
      };
  return {
    [id]: {
      Type: 'AWS::ApiGateway::Authorizer',
      Properties: {
        RestApiId: API,
        Name: id,
        IdentitySource: 'method.request.header.Authorization',
        ...properties,
      },
    },
    ...(!isPool(arn) && {
      [`${id}Permission`]: {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          Action: 'lambda:InvokeFunction',
          FunctionName: arn,
          Principal: 'apigateway.amazonaws.com',
          SourceArn: {
            'Fn::Sub':
              'arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${ApiGatewayRestApi}/authorizers/*',
          },
        },
      },
    }),
  };
}

/** One key to begin with; more are added to the plan in the account. */
function keys(stage, { rate, burst }) {
  return {
    CallerKey: {
      Type: 'AWS::ApiGateway::ApiKey',
      Properties: { Name: `resilient-service-${stage}`, Enabled: true },
    },
    CallerPlan: {
      Type: 'AWS::ApiGateway::UsagePlan',
      DependsOn: ['ApiStage'],
      Properties: {
        UsagePlanName: `resilient-service-${stage}`,
        ApiStages: [{ ApiId: API, Stage: stage }],
        Throttle: { RateLimit: rate, BurstLimit: burst },
      },
    },
    CallerPlanKey: {
      Type: 'AWS::ApiGateway::UsagePlanKey',
      Properties: {
        KeyId: { Ref: 'CallerKey' },
        KeyType: 'API_KEY',
        UsagePlanId: { Ref: 'CallerPlan' },
      },
    },
  };
}
