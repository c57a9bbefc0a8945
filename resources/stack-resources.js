/** What a stack has of its own before it is deployed anew. */
import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
} from '@aws-sdk/client-cloudformation';

/** The resources that are alive, each as CloudFormation describes it. */
export async function resourcesOfStack(serverless) {
  const provider = serverless.getProvider('aws');
  const client = new CloudFormationClient(await provider.getAwsSdkV3Config());
  const StackName = provider.naming.getStackName();
  const { StackResources: found = [] } = await client.send(
    new DescribeStackResourcesCommand({ StackName }),
  );
  return found.filter(({ ResourceStatus: status }) => status !== 'DELETE_COMPLETE');
}
