/** An answer of Express that is held back, call by call: what passes, what is kept, and what is sent of it. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import {
  headOf,
  Held,
  restoreHead,
  through,
  wireOf,
  type ExpressResponse,
} from '../../lib/guard/express-answer.ts';

const responseOf = () => new ServerResponse(new IncomingMessage(new Socket()));

function given(isHeld: boolean, again?: () => void) {
  const response = responseOf();
  const wire: [name: string, ...args: unknown[]][] = [];
  const to =
    (name: string) =>
    (...args: readonly unknown[]) => {
      wire.push([name, ...args]);
      return `wire's ${name}`;
    };
  const asked: number[] = [];
  const whole = vi.fn<() => void>();
  const held = new Held(
    response,
    {
      writeHead: to('writeHead'),
      write: to('write'),
      end: to('end'),
      flushHeaders: to('flushHeaders'),
    },
    (status) => {
      asked.push(status);
      return isHeld;
    },
    whole,
    again,
  );
  const sent = () => {
    held.send();
    const [name, bytes] = wire.at(-1) ?? [];
    return [name, Buffer.from(bytes as Uint8Array).toString('latin1')];
  };
  return { response, held, wire, asked, whole, sent, ...held.methods };
}

describe('the head', () => {
  test('of a moment is gone back to', () => {
    const response = responseOf();
    response.setHeader('X-Before', 'kept').setHeader('Set-Cookie', ['a=1']);
    const before = headOf(response);
    expect(before).toEqual({
      statusCode: 200,
      headers: { 'x-before': 'kept', 'set-cookie': ['a=1'] },
    });
    response.statusCode = 500;
    response.setHeader('X-Before', 'lost').setHeader('X-After', '1').removeHeader('Set-Cookie');
    restoreHead(response, before);
    expect(headOf(response)).toEqual(before);
  });

  test.each<[string, unknown[], object]>([
    ['as an object', [{ 'X-A': '1', 'X-B': ['2', '3'] }], { 'x-a': '1', 'x-b': ['2', '3'] }],
    ['behind its words', ['Sorry', { 'X-A': '1' }], { 'x-a': '1' }],
    ['that is none', [], {}],
    ['that is nothing', [null], {}],
    ['as a list', [['X-A', '1', 'X-B', '2']], { 'x-a': '1', 'x-b': '2' }],
    [
      'as a list of pairs, of which some have one name',
      [
        [
          ['X-A', '1'],
          ['x-a', '2'],
          ['X-A', '3'],
        ],
      ],
      { 'x-a': ['1', '2', '3'] },
    ],
    ['as a list without its last value', [['X-A', '1', 'X-B']], { 'x-a': '1' }],
  ])('%s is the head of the response while it is held', (_what, rest, headers) => {
    const { response, writeHead, wire, asked } = given(true);
    expect(writeHead(502, ...rest)).toBe(response);
    expect(headOf(response)).toEqual({ statusCode: 502, headers });
    expect({ wire, asked }).toEqual({ wire: [], asked: [502] });
  });
});

describe('what passes', () => {
  test('goes to the wire as it came, and its status is asked about once', () => {
    const { response, held, write, end, wire, asked, whole } = given(false);
    expect(held.isBack).toBe(true);
    response.statusCode = 201;
    expect(write('a', 'utf8')).toBe("wire's write");
    expect(held.isBack).toBe(false);
    write('b');
    expect(end('c')).toBe("wire's end");
    expect(wire).toEqual([
      ['write', 'a', 'utf8'],
      ['write', 'b'],
      ['end', 'c'],
    ]);
    expect(asked).toEqual([201]);
    expect(whole).not.toHaveBeenCalled();
  });

  test('has its head', () => {
    const { response, writeHead, flushHeaders, wire, asked } = given(false);
    expect(writeHead(404, 'Gone', { 'X-A': '1' })).toBe("wire's writeHead");
    flushHeaders();
    expect(wire).toEqual([['writeHead', 404, 'Gone', { 'X-A': '1' }], ['flushHeaders']]);
    expect(asked).toEqual([404]);
    expect(response.getHeaders()).toEqual({});
  });
});

describe('what is held back', () => {
  test('is sent whole, once it is asked for', () => {
    const { response, held, write, end, flushHeaders, wire, asked, whole, sent } = given(true);
    response.statusCode = 500;
    flushHeaders();
    expect(write('é')).toBe(true);
    write('ff', 'hex');
    write(Uint8Array.of(65));
    write(66);
    expect(whole).not.toHaveBeenCalled();
    expect(end('C')).toBe(response);
    expect({ wire, asked, isBack: held.isBack }).toEqual({ wire: [], asked: [500], isBack: true });
    expect(whole).toHaveBeenCalledOnce();
    expect(sent()).toEqual(['end', '\u{C3}\u{A9}\u{FF}AC']);
    expect(held.isBack).toBe(false);
  });

  test('tells who waits for a part soon, and who waits for the end when it was sent', async () => {
    const { response, write, end, sent } = given(true);
    const [part, last] = [vi.fn<() => void>(), vi.fn<() => void>()];
    write('a', part);
    expect(part).not.toHaveBeenCalled();
    await Promise.resolve();
    expect(part).toHaveBeenCalledOnce();
    write('b', 'utf8', part);
    await Promise.resolve();
    expect(part).toHaveBeenCalledTimes(2);
    end('c', last);
    await Promise.resolve();
    expect(last).not.toHaveBeenCalled();
    response.emit('finish');
    expect(last).toHaveBeenCalledOnce();
    expect(sent()).toEqual(['end', 'abc']);
  });

  test('and has ended takes no more: its second end is told, and a head is of what is sent in its place', () => {
    const again = vi.fn<() => void>();
    const { response, write, writeHead, flushHeaders, end, wire, whole, sent } = given(true, again);
    end('a');
    expect(write('b')).toBe(true);
    flushHeaders();
    expect(wire).toEqual([]);
    expect(again).not.toHaveBeenCalled();
    expect(end('c')).toBe(response);
    expect(again).toHaveBeenCalledOnce();
    expect(whole).toHaveBeenCalledOnce();
    expect(writeHead(200, { 'X-A': '1' })).toBe("wire's writeHead");
    expect(wire).toEqual([['writeHead', 200, { 'X-A': '1' }]]);
    expect(response.getHeaders()).toEqual({});
    expect(sent()).toEqual(['end', 'a']);
    const alone = given(true);
    alone.end('a');
    expect(alone.end('b')).toBe(alone.response);
  });

  test('is 64 KB at most, and goes as it is from then on', () => {
    const { held, write, end, wire, whole } = given(true);
    const [most, more] = [Buffer.alloc(64 * 1024, 'x'), Buffer.from('y')];
    write(most);
    expect({ wire, isBack: held.isBack }).toEqual({ wire: [], isBack: true });
    write(more);
    expect(held.isBack).toBe(false);
    expect(wire).toEqual([
      ['write', most],
      ['write', more],
    ]);
    write('z');
    end();
    expect(wire.slice(2)).toEqual([['write', 'z'], ['end']]);
    expect(whole).not.toHaveBeenCalled();
  });

  test('may be found too long at its end', () => {
    const { end, wire, whole, response } = given(true);
    const long = Buffer.alloc(64 * 1024 + 1, 'x');
    const last = vi.fn<() => void>();
    expect(end(long, last)).toBe("wire's end");
    expect(wire).toEqual([['write', long], ['end']]);
    expect(whole).not.toHaveBeenCalled();
    response.emit('finish');
    expect(last).toHaveBeenCalledOnce();
  });
});

test('another face writes another way, and sees the same response', () => {
  const response = responseOf();
  response.statusCode = 418;
  const { held, wire } = given(false);
  const own = through(response as ExpressResponse, held.methods);
  own.setHeader('X-A', '1');
  own.end('a');
  expect(wire).toEqual([['end', 'a']]);
  expect(own.statusCode).toBe(418);
  expect(response.getHeaders()).toEqual({ 'x-a': '1' });
});

test('the wire is what the response writes by itself', () => {
  const response = responseOf();
  const wire = wireOf(response);
  expect(Object.keys(wire)).toEqual(['writeHead', 'write', 'end', 'flushHeaders']);
  Object.assign(response, { end: () => {} });
  wire.end();
  expect(response.writableEnded).toBe(true);
});
