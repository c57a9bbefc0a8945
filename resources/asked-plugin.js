/** Leaves out the functions that no parameter asks for, and adds what one does: the SDK that traces. */
import { build } from 'esbuild';
import { join } from 'node:path';

/** What sets OpenTelemetry's SDK up in a process, and the file that it is in beside each function. */
const SDK = { setup: 'docs/monitoring/otel/otlp.ts', file: 'otel/setup.cjs' };

/** The plugin, as the framework takes it. */
export default class AskedPlugin {
  #service;
  #folder;

  hooks = {
    initialize: () => this.ask(),
    'before:package:initialize': () => this.bundleSdk(),
  };

  constructor({ service, serviceDir }) {
    this.#service = service;
    this.#folder = serviceDir;
  }

  ask() {
    const { custom, functions, provider, service } = this.#service;
    if (custom.webhookUrl === '') delete functions.webhook;
    if (custom.statusPage === 'off') delete functions['live-page'];
    if (custom.otelEndpoint === '') return;
    const { environment } = provider;
    // Before the function is loaded; a function's folder is where it is started.
    environment.NODE_OPTIONS += ` --require ./${SDK.file}`;
    environment.OTEL_EXPORTER_OTLP_ENDPOINT = custom.otelEndpoint;
    environment.OTEL_SERVICE_NAME = `${service}-${provider.stage}`;
    for (const each of Object.values(functions)) {
      each.package = { ...each.package, patterns: [...(each.package?.patterns ?? []), SDK.file] };
    }
  }

  async bundleSdk() {
    if (this.#service.custom.otelEndpoint === '') return;
    await build({
      entryPoints: [join(this.#folder, SDK.setup)],
      outfile: join(this.#folder, SDK.file),
      bundle: true,
      minify: true,
      platform: 'node',
      target: 'node24',
      format: 'cjs',
      logLevel: 'error',
    });
  }
}
