/** Request headers that no face is told of: both fronts leave them out. */

/** Each with a value that a client or a gateway sends. */
export const HOP_BY_HOP: Readonly<Record<string, string>> = {
  Connection: 'close, X-Hop , x-other-hop',
  'X-Hop': '1',
  'X-Other-Hop': '2',
  'Keep-Alive': 'timeout=5',
  'Proxy-Authorization': 'Basic x',
  'Proxy-Connection': 'keep-alive',
  TE: 'trailers',
  Trailer: 'Expires',
  'Transfer-Encoding': 'chunked',
  Upgrade: 'h2c',
  Host: 'example.com',
  'Content-Length': '2',
  'Accept-Encoding': 'gzip',
  Expect: '100-continue',
  Via: '1.1 proxy',
  'X-Forwarded-For': '10.0.0.1',
  'X-Forwarded-Proto': 'https',
  'X-Amzn-Trace-Id': 'Root=1',
  'X-Amz-Date': '20260101T000000Z',
  'CloudFront-Viewer-Country': 'CL',
};
