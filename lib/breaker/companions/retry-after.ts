/** How long an error, or an answer, asks to wait before the next attempt. */
import { chainOf, read } from './error-chain.ts';
import { wallMs } from '../host.ts';

/**
 * The `retryAfterMs` of the nearest error that has one, or else the Retry-After header, in seconds or
 * as an HTTP date, of the error, of its response or of its result.
 *
 * @param error An error; or a response, which may have the header itself.
 * @returns Milliseconds, below 0 for a date that has passed; null where nobody asks.
 * Source: RFC 9110, sections 10.2.3 and 5.6.7.
 */
export function retryAfterMs(error: unknown): number | null {
  for (const it of chainOf(error)) {
    const own = read(it, 'retryAfterMs');
    if (typeof own === 'number' && own >= 0) return own;
    const response = read(it, 'response') ?? read(it, '$response');
    for (const bearer of [it, response, read(it, 'result')]) {
      const delayMs = parse(headerOf(read(bearer, 'headers')));
      if (delayMs !== null) return delayMs;
    }
  }
  return null;
}

/** From a Headers, or from a plain object with names in any case. */
function headerOf(headers: unknown): unknown {
  if (typeof headers !== 'object' || headers === null) return undefined;
  try {
    const get = read(headers, 'get');
    if (typeof get === 'function') return get.call(headers, 'retry-after');
    const name = Object.keys(headers).find((key) => key.toLowerCase() === 'retry-after');
    return name === undefined ? undefined : read(headers, name);
  } catch {
    return undefined;
  }
}

function parse(value: unknown): number | null {
  if (typeof value === 'number') return value >= 0 ? value * 1_000 : null;
  if (typeof value !== 'string') return null;
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  const nowMs = wallMs();
  const atMs = parseDate(text, nowMs);
  return Number.isNaN(atMs) ? null : atMs - nowMs;
}

/** The three forms of an HTTP date; Date.parse alone would take much that is none. */
const FIXED = /^[A-Z][a-z]{2}, (\d\d [A-Z][a-z]{2} \d{4} [\d:]{8}) GMT$/;
const RFC_850 = /^[A-Z][a-z]+day, (\d\d)-([A-Z][a-z]{2})-(\d\d) ([\d:]{8}) GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) ([\d:]{8}) (\d{4})$/;

/** @returns Epoch milliseconds, NaN for what is no date. */
function parseDate(text: string, nowMs: number): number {
  const [, fixed] = FIXED.exec(text) ?? [];
  if (fixed !== undefined) return Date.parse(`${fixed} GMT`);
  const [asctime, month, day, time, year] = ASCTIME.exec(text) ?? [];
  if (asctime !== undefined) return Date.parse(`${day} ${month} ${year} ${time} GMT`);
  const [short, date, name, digits, clock] = RFC_850.exec(text) ?? [];
  if (short === undefined) return Number.NaN;
  const thisYear = new Date(nowMs).getUTCFullYear();
  const inCentury = thisYear - (thisYear % 100) + Number(digits);
  // More than 50 years ahead, it is the last past year of these digits.
  const shortYear = inCentury > thisYear + 50 ? inCentury - 100 : inCentury;
  return Date.parse(`${date} ${name} ${shortYear} ${clock} GMT`);
}
