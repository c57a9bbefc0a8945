/** What stands before the API where the deployment asks for it: a name of its own, and a web ACL. */

async function edge({ resolveVariable }) {
  const [stage, domainName, certificateArn, webAclArn] = await Promise.all(
    ['sls:stage', 'param:domainName', 'param:certificateArn', 'param:webAclArn'].map((name) =>
      resolveVariable(name),
    ),
  );
  return {
    Resources: {
      ...(domainName !== '' && domain(stage, domainName, certificateArn)),
      ...(webAclArn !== '' && webAcl(stage, webAclArn)),
    },
  };
}

export { edge as 'module.exports' };

/** The whole name leads to the API: the templates know no other base path. */
function domain(stage, name, certificateArn) {
  return {
    ApiDomain: {
      Type: 'AWS::ApiGateway::DomainName',
      Properties: {
        DomainName: name,
        RegionalCertificateArn: certificateArn,
        EndpointConfiguration: { Types: ['REGIONAL'] },
        SecurityPolicy: 'TLS_1_2',
      },
    },
    ApiDomainMapping: {
      Type: 'AWS::ApiGateway::BasePathMapping',
      DependsOn: ['ApiStage'],
      Properties: {
        DomainName: { Ref: 'ApiDomain' },
        RestApiId: { Ref: 'ApiGatewayRestApi' },
        Stage: stage,
      },
    },
  };
}

function webAcl(stage, arn) {
  return {
    ApiWebAcl: {
      Type: 'AWS::WAFv2::WebACLAssociation',
      DependsOn: ['ApiStage'],
      Properties: {
        WebACLArn: arn,
        ResourceArn: {
          'Fn::Sub': `arn:\${AWS::Partition}:apigateway:\${AWS::Region}::/restapis/\${ApiGatewayRestApi}/stages/${stage}`,
        },
      },
    },
  };
}
