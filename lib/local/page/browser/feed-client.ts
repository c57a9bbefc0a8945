/** Reads the feed, comes back by itself, and says when it is down or old. */

/** What the feed tells. */
export interface FeedListeners {
  readonly hello: (hello: { readonly boot: string; readonly resumed: boolean }) => void;
  readonly event: (name: 'seconds' | 'status' | 'served' | 'unread', data: unknown) => void;
  /** What to tell of the feed itself, and whether it is bad. */
  readonly told: (words: string, isBad: boolean) => void;
}

/** Seconds without a word after which the feed is old. */
const OLD_AFTER = 3;
/** Seconds after which a stream that was refused is opened again. */
const REOPEN_AFTER = 5;

const ADVICE = 'Is the server running? Start it with npm start; this page comes back by itself.';

/** Begins to read, and never ends. */
export function readFeed(url: string, { hello, event, told }: FeedListeners): void {
  let silentFor = 0;
  let source = open();
  function open(): EventSource {
    const stream = new EventSource(url);
    const on = (name: string, act: (data: unknown) => void) =>
      stream.addEventListener(name, (message) =>
        act(JSON.parse((message as MessageEvent<string>).data)),
      );
    on('hello', (data) => hello(data as Parameters<FeedListeners['hello']>[0]));
    for (const name of ['seconds', 'status', 'served', 'unread'] as const) {
      on(name, (data) => {
        if (name === 'seconds') silentFor = 0;
        event(name, data);
        if (name === 'seconds') told('live', false);
      });
    }
    return stream;
  }
  setInterval(() => {
    silentFor += 1;
    if (silentFor <= OLD_AFTER) return;
    const down = source.readyState !== EventSource.OPEN;
    told(
      `${down ? 'The feed is down' : 'The feed is silent'} for ${silentFor} s: what you see is old. ${ADVICE}`,
      true,
    );
    if (source.readyState !== EventSource.CLOSED || silentFor % REOPEN_AFTER !== 0) return;
    source = open();
  }, 1_000);
}
