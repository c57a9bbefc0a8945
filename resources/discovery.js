/** Lets the faces find the instances of an API of your own, where its URL is `cloudmap://namespace/service`. */

const FACES = {
  fullUpstreamUrl: ['FullServiceRole'],
  degradedUpstreamUrl: ['DegradedServiceRole'],
};
/** The degraded face is the probe. */
const PARAMS = { ...FACES, probeUrl: ['DegradedServiceRole'] };

async function discovery({ resolveVariable }) {
  const grants = await Promise.all(
    Object.entries(PARAMS).map(async ([param, roles]) => {
      const url = URL.parse(await resolveVariable(`param:${param}`));
      return url?.protocol === 'cloudmap:' ? [policyId(param), policy(url, roles)] : null;
    }),
  );
  return { Resources: Object.fromEntries(grants.filter((grant) => grant !== null)) };
}

export { discovery as 'module.exports' };

const policyId = (param) => `Discover${param.charAt(0).toUpperCase()}${param.slice(1)}`;

/** By the names of that service alone: DiscoverInstances knows no ARNs of what it finds. */
const policy = ({ hostname, pathname }, roles) => ({
  Type: 'AWS::IAM::Policy',
  Properties: {
    PolicyName: 'discover',
    Roles: roles.map((id) => ({ Ref: id })),
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['servicediscovery:DiscoverInstances'],
          Resource: '*',
          Condition: {
            StringEquals: {
              'servicediscovery:NamespaceName': decodeURIComponent(hostname),
              'servicediscovery:ServiceName': decodeURIComponent(pathname.split('/')[1]),
            },
          },
        },
      ],
    },
  },
});
