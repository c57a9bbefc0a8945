/**
 * Lets the workflow's integrations stand in the partition that it is deployed to.
 *
 * The file of the state machine names them in `aws`, since the laptop runs that very file. In GovCloud and
 * China their ARNs begin otherwise. Source: Step Functions, "Integrating services", Resource field.
 */
const INTEGRATION = /arn:aws:states:::/g;

/** The plugin, as the framework takes it. */
export default class PartitionPlugin {
  #serverless;

  hooks = {
    'after:aws:package:finalize:mergeCustomProviderResources': () => this.namePartition(),
  };

  constructor(serverless) {
    this.#serverless = serverless;
  }

  namePartition() {
    const { Resources: resources } =
      this.#serverless.service.provider.compiledCloudFormationTemplate;
    const { DefinitionString: definition } = resources.ServiceResiliencyWorkflow.Properties;
    const [text] = definition['Fn::Sub'];
    definition['Fn::Sub'][0] = text.replaceAll(INTEGRATION, 'arn:${AWS::Partition}:states:::');
  }
}
