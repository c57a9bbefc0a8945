/** The live page over HTTP: its files, its policy of content, its feed, and the preview of a policy. */
import { describe, expect, test } from 'vitest';
import { diagramOf } from '../../../lib/local/page/diagram.ts';
import { givenService, json } from '../../flow/given.ts';
import { readDefinition } from '../../statemachines/definition.ts';

describe('the live page', () => {
  test('is served with a policy that lets nothing in', async () => {
    const { url } = await givenService();
    const page = await fetch(url, { headers: { Accept: 'text/html,*/*;q=0.8' } });
    expect((await fetch(url)).headers.get('Content-Type')).toBe('text/plain; charset=utf-8');
    expect(page.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    const policy = page.headers.get('Content-Security-Policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'/);
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    const html = await page.text();
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/);
    const [script, styles] = [
      await fetch(`${url}/page/page.js`),
      await fetch(`${url}/page/page.css`),
    ];
    expect(script.headers.get('Content-Type')).toBe('text/javascript; charset=utf-8');
    const bytes = html.length + (await script.text()).length + (await styles.text()).length;
    expect(bytes).toBeLessThan(130_000);
  });

  test('offers to break the demo, and nothing else', async () => {
    const about = async (env: Readonly<Record<string, string>>) => {
      const service = await givenService(env);
      return (await service.send('GET', '/page/about')).body;
    };
    expect(await about({})).toMatchObject({ place: 'local', requests: { default: { bad: {} } } });
    expect(await about({ STAGE: 'prod' })).toMatchObject({ stage: 'prod', requests: {} });
    expect(await about({ STAGE: 'prod', FAULT_SWITCH: 'on' })).toMatchObject({ requests: {} });
  });

  test('feeds whoever looks, and ends with the server', async () => {
    const service = await givenService();
    const { url, server } = service;
    const response = await fetch(`${url}/page/events`);
    expect(response.headers.get('Content-Type')).toBe('text/event-stream; charset=utf-8');
    await service.post({ error: true });
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk);
      if (text.includes('event: served') && text.includes('event: status')) break;
    }
    expect(text).toMatch(/"statusCode":500,"ms":[\d.]+,"path":\["Given","Prepare","ReadState"/);
    const open = await fetch(`${url}/page/events`);
    await server.close();
    expect(await open.text()).toContain('event: hello');
  });
});

describe('a preview', () => {
  test('plays both policies and tells what would be otherwise', { timeout: 90_000 }, async () => {
    const service = await givenService({ POLICY: 'production' });
    const asked = json({ scope: 'default', patch: { dwellMs: 1_000 } });
    const { status, body } = await service.send('POST', '/page/preview', asked);
    expect(status).toBe(200);
    const results = body['results'] as readonly Record<
      'before' | 'after',
      { backAfterMs: number }
    >[];
    expect(results).toHaveLength(3);
    expect(results[0]?.after.backAfterMs).toBeLessThan(results[0]?.before.backAfterMs ?? 0);
  });

  test.each([
    [{ scope: 'default', patch: { dwellMs: -1 } }, 400, /^dwellMs must be an integer/],
    [{ scope: 'nowhere', patch: {} }, 400, /^a preview takes/],
    [{ scope: 'default' }, 400, /^a preview takes/],
  ])('refuses %j', async (asked, status, message) => {
    const service = await givenService();
    const answer = await service.send('POST', '/page/preview', json(asked));
    expect(answer.status).toBe(status);
    expect(answer.body['message']).toMatch(message);
  });

  test("is for this server's own page", async () => {
    const service = await givenService();
    const foreign = json({ scope: 'default', patch: {} });
    const headers = { ...foreign.headers, Origin: 'http://elsewhere.example' };
    expect((await service.send('POST', '/page/preview', { ...foreign, headers })).status).toBe(403);
  });
});

describe('the picture of the workflow', () => {
  const diagram = diagramOf(readDefinition());

  test('has every state that a request can meet, those of branches too, and no tick', () => {
    const names = diagram.boxes.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['Given', 'ReadState', 'Full', 'Probe', 'Mutator', 'Respond']),
    );
    expect(names.filter((name) => name.startsWith('Tick'))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  test('has every arrow pointing down, and no two boxes in one place', () => {
    const rows = new Map(diagram.boxes.map(({ name, row }) => [name, row]));
    const up = diagram.arrows.filter(([from, to]) => (rows.get(from) ?? 0) >= (rows.get(to) ?? 0));
    expect(up).toEqual([]);
    const places = diagram.boxes.map(({ row, across }) => `${row} ${across}`);
    expect(new Set(places).size).toBe(places.length);
  });
});
