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
    // One document by then, or still a list of them.
    for (const document of [service.resources].flat()) delete document.Resources?.LivePageRole;
  }
}
