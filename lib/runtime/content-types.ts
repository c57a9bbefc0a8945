/** The content types that an API of one's own is sent: the gateway takes none that it has no template for. */
export const TEXT_TYPES = [
  'application/json',
  'application/x-www-form-urlencoded',
  'application/xml',
  'application/vnd.api+json',
  'application/merge-patch+json',
  'multipart/form-data',
  'text/plain',
  'text/xml',
] as const;
