/**
 * Makes the API's deployment follow its content, and the stage follow the deployment.
 *
 * A deployment is a snapshot. The framework makes a new one at each package and lets it make the
 * stage. Here its name is a hash of what it shows, so that a deploy without a change is none, and
 * the stage is a resource of its own, with limits and logs (resources/gateway.yml).
 */
import { createHash } from 'node:crypto';

/** What a snapshot holds. */
const CONTENT =
  /^AWS::ApiGateway::(RestApi|Resource|Method|Model|RequestValidator|GatewayResponse)$/;

/** What of it a snapshot must be told to wait for: nothing refers to these. */
const ENDS = /^AWS::ApiGateway::(Method|GatewayResponse)$/;

/** The plugin, as the framework takes it. */
export default class StagePlugin {
  #serverless;

  hooks = {
    'after:aws:package:finalize:mergeCustomProviderResources': () => this.nameDeployment(),
  };

  constructor(serverless) {
    this.#serverless = serverless;
  }

  nameDeployment() {
    const { Resources: resources, Mappings: mappings } =
      this.#serverless.service.provider.compiledCloudFormationTemplate;
    const ofType = (pattern) =>
      Object.entries(resources).filter(([, { Type }]) => pattern.test(Type));
    const [[generatedId, deployment]] = ofType(/^AWS::ApiGateway::Deployment$/);
    const hash = createHash('sha256')
      // The methods only point at the texts of their mapping templates.
      .update(JSON.stringify([ofType(CONTENT), mappings]))
      .digest('hex');
    const id = `ApiGatewayDeployment${hash.slice(0, 12)}`;
    delete resources[generatedId];
    delete deployment.Properties.StageName;
    resources[id] = { ...deployment, DependsOn: ofType(ENDS).map(([name]) => name) };
    resources.ApiStage.Properties.DeploymentId = { Ref: id };
  }
}
