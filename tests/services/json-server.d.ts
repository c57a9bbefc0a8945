/** What the tests use of json-server, which has no types of its own. */
declare module 'json-server' {
  import type { RequestListener } from 'node:http';

  type Handler = unknown;
  const jsonServer: {
    create(): RequestListener & {
      use(handler: Handler): void;
      use(path: string, handler: Handler): void;
    };
    defaults(options: { readonly logger: false; readonly readOnly?: boolean }): Handler;
    router(data: Readonly<Record<string, readonly unknown[]>>): Handler;
  };
  export default jsonServer;
}
