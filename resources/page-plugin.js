/** Takes the live page out of a stage that wants none, before anything of it is made. */

/** The plugin, as the framework takes it. */
export default class PagePlugin {
  #serverless;

  hooks = { initialize: () => this.takeOut() };

  constructor(serverless) {
    this.#serverless = serverless;
  }

  takeOut() {
    const { service } = this.#serverless;
    if (service.custom.statusPage !== 'off') return;
    delete service.functions['live-page'];
    service.resources = without(service.resources, 'LivePageRole');
  }
}

/** Resources come as one document or as several. */
function without(documents, id) {
  return [documents].flat().map((document) => {
    const { [id]: _gone, ...Resources } = document.Resources ?? {};
    return { ...document, Resources };
  });
}
