/** All text of all pages stands out by at least 4.5 to 1, in light and in dark. */
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Refusal } from '../../app/web/answer.ts';
import { refusalPage } from '../../app/web/refusal-page.ts';
import { signInPage } from '../../app/web/sign-in-page.ts';
import { boxGlb } from '../renderer-fixtures.ts';
import { contrastsOf } from './contrast.ts';
import { openReportBrowser, type ReportBrowser } from './report-page.ts';
import { DONE, STATS } from './service-samples.ts';
import { json, openSite, type Route, type Site } from './site.ts';

// What WCAG 2.2 AA asks of text of ordinary size; large text could do with 3.
const LEAST = 4.5;
const BOX = { path: 'models/box.glb', files: { before: boxGlb({ colour: [1, 0, 0] }), after: boxGlb({}) } };

/** Pages that the server writes itself. */
const doors = new Hono()
  .get('/refused', (context) =>
    context.html(refusalPage(context, new Refusal(404, 'NOT_FOUND', 'Nobody knows it.', { hint: 'Look again.' }))),
  )
  .get('/auth', (context) =>
    signInPage(context, {
      visitor: { kind: 'stranger' },
      hasGitHub: true,
      hasOperator: true,
      to: '/',
      trouble: 'That was wrong.',
    }),
  );
const door: Route = async (request, response) => {
  const answer = await doors.request(request.url ?? '/');
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(await answer.text());
};

describe.each([
  ['light', false],
  ['dark', true],
] as const)('the text of the pages, %s', { timeout: 60_000 }, (_theme, isDark) => {
  let browser: ReportBrowser;
  let site: Site;
  beforeAll(async () => {
    [browser, site] = await Promise.all([openReportBrowser(), openSite()]);
    site.routes = {
      '/api/stats': json(STATS),
      '/api/jobs/job-1': json(DONE),
      '/refused': door,
      '/auth': door,
    };
  });
  afterAll(() => Promise.all([browser.close(), site.close()]));

  it.each([
    ['the dashboard', '/', '.tiles'],
    ['the upload page', '/upload', '.choose'],
    ['a comparison that is gone', '/compare/nothing', '.empty'],
    ['a refusal', '/refused', 'h1'],
    ['the sign-in', '/auth', 'h1'],
  ])('of %s stands out', async (_name, place, ready) => {
    const { page } = await browser.visit(site.origin + place, ready, { isDark });
    const contrasts = await contrastsOf(page);
    expect(contrasts.length).toBeGreaterThan(3);
    expect(contrasts.filter(({ ratio }) => ratio < LEAST)).toEqual([]);
  });

  it('of the report stands out, on every tab', async () => {
    const { page } = await browser.open([BOX], { isDark, width: 1000, height: 500 });
    for (const tab of await page.$$('[role=tab]')) {
      if (!(await tab.isVisible())) continue;
      await tab.evaluate((button) => (button as HTMLElement).click());
      const contrasts = await contrastsOf(page);
      expect(contrasts.length).toBeGreaterThan(20);
      expect(contrasts.filter(({ ratio }) => ratio < LEAST)).toEqual([]);
    }
  });
});
