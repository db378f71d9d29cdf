import { describe, expect, it } from 'vitest';
import { composeBundle } from '../../../core/bundle/compose.ts';
import { zipOf } from '../../../core/bundle/container.ts';
import { actionOn } from '../../../core/bundle/report/preservation.ts';
import { PARTS } from '../../../core/bundle/report/report.ts';
import { EXAMPLE, exampleGrounds, SIZE, VERIFIER } from './example-case.ts';

const bundle = async (choices?: Parameters<typeof exampleGrounds>[0]) =>
  composeBundle(await exampleGrounds(choices), VERIFIER);
const report = async (choices?: Parameters<typeof exampleGrounds>[0]) =>
  Buffer.from((await bundle(choices)).files.get('report.html') ?? []).toString();

describe('a bundle', () => {
  it('is the same to the byte when it is made twice, in any time zone and whatever the log has come to', async () => {
    const first = zipOf((await bundle()).files);
    const zone = process.env['TZ'];
    try {
      process.env['TZ'] = 'Asia/Karachi';
      expect(Buffer.compare(zipOf((await bundle()).files), first)).toBe(0);
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
    const later = zipOf((await bundle({ size: EXAMPLE.length })).files);
    expect(Buffer.compare(later, first)).not.toBe(0);
    expect(Buffer.compare(zipOf((await bundle({ size: SIZE })).files), first)).toBe(0);
  });

  it('is the same whatever other witnesses have cosigned since', async () => {
    const made = await bundle({ named: [] });
    const before = await bundle({ named: [], witnesses: [] });
    expect(Buffer.compare(zipOf(made.files), zipOf(before.files))).toBe(0);
  });

  it('has what the case rests on, and nothing else', async () => {
    const { entries } = (await bundle()).file;
    const about = entries.map(({ entry: { kind, subject } }) => `${kind} ${subject}`);
    expect(about).not.toContainEqual(expect.stringContaining('lake-statistics'));
    expect(about.filter((each) => each.startsWith('transfer-recorded'))).toHaveLength(2);
    expect(about.filter((each) => /^agency-registered/.test(each))).toHaveLength(3);
    expect(about.filter((each) => /^data-requested/.test(each))).toHaveLength(1);
    for (const kind of [
      'agreement-registered',
      'request-granted',
      'coverage-declared',
      'frame-recorded',
      'legal-hold-set',
    ])
      expect(about).toContainEqual(expect.stringContaining(kind));
  });

  it('tells of the case as it was: what came later is not in it', async () => {
    const size = EXAMPLE.findIndex(({ kind }) => kind === 'finding-recorded');
    const { file } = await bundle({ size });
    expect([file.incident.findings.length, file.incident.closed]).toEqual([0, undefined]);
    const { file: whole } = await bundle();
    expect([whole.incident.findings.length, whole.incident.closed?.on]).toEqual([1, '2026-02-01']);
  });

  it('names in its manifest every other file with its digest', async () => {
    const { files } = await bundle();
    const manifest = JSON.parse(Buffer.from(files.get('manifest.json') ?? []).toString());
    expect(manifest.files.map(({ name }: { name: string }) => name)).toEqual(
      [...files.keys()].filter((name) => name !== 'manifest.json'),
    );
    expect(new Set(manifest.files.map(({ is }: { is: string }) => is))).toEqual(
      new Set(['derived', 'grounds', 'verifier']),
    );
  });
});

describe('the report', () => {
  it('has its ten parts in order', async () => {
    const html = await report();
    const at = PARTS.map(([heading], i) => html.indexOf(`<b>${i + 1}</b>${heading}`));
    expect(at).toHaveLength(10);
    expect(at.every((each, i) => each > (at[i - 1] ?? 0))).toBe(true);
  });

  it('says for and against of the candidates, that the source may not be in the ledger, and never who it was', async () => {
    const html = await report();
    expect(html).toMatch(/<li class="for">/);
    expect(html).toMatch(/<li class="against">/);
    expect(html).toContain('The source is not in the ledger');
    expect(html).toContain('95 %');
    expect(html).toContain('It never proves that one was the source');
  });

  it('says which closed incident the case goes on with', async () => {
    const follows = `in-${'5e'.repeat(16)}`;
    const entries = EXAMPLE.map((entry) =>
      entry.kind === 'incident-opened' ? { ...entry, body: { ...entry.body, follows } } : entry,
    );
    expect(await report({ entries })).toContain(`<dt>Goes on with</dt><dd><code>${follows}</code>`);
    expect(await report()).not.toContain('Goes on with');
  });

  it('escapes what people wrote, and loads and runs nothing', async () => {
    const html = await report();
    expect(html).toContain('Rows of &#60;b&#62;both&#60;/b&#62; &#38; &#34;more&#34;');
    expect(html).not.toMatch(/<script|<img|<link|<[^>]+ src=|href="(?!#)/);
    expect(html.includes('content="default-src &#39;none&#39;; style-src &#39;sha256-')).toBe(true);
  });

  it('says what had been asked for before, and what of it was not granted', async () => {
    const html = await report();
    const part = html.slice(html.indexOf('Asked for before'));
    expect(part).toContain('On 2024-02-12: msisdn, cnic, name, address; PK-PB');
    expect(part).toContain('Granted on 2024-02-26 until 2024-06-30: msisdn, cnic, address; PK-PB');
    expect(part).toContain('Not granted: name');
    expect(part).toContain('within it');
  });

  it('refers to no part or heading out of order', async () => {
    const levels = [...(await report()).matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    levels.reduce((before, level) => {
      expect(level - before).toBeLessThanOrEqual(1);
      return level;
    }, 0);
  });

  it('says what has to be kept by the state that a hand-over is in', async () => {
    const [state] = [...(await bundle()).file.transfers.values()];
    if (!state) return expect.fail();
    const at = {
      occurredOn: '2026-01-20',
      recordedAt: '2026-01-20T00:00:00.000Z',
      entryId: 'e',
    } as never as object;
    const of = (changes: object) => actionOn({ ...state, holds: [], ...changes } as never);
    expect(actionOn(state)).toMatchObject({
      stands: expect.stringContaining('under legal hold since 2026-01-16'),
    });
    expect(of({}).todo).toMatch(/^Set a legal hold/);
    expect(of({ record: { ...state.record, access: 'api-query' } }).todo).toContain('log of queries');
    expect(of({ certified: { ...at, scope: 'all', remains: [] } }).todo).toMatch(/^Keep the certificate/);
    const partly = of({ certified: { ...at, scope: 'all', remains: ['backups'] } });
    expect(partly).toMatchObject({
      stands: expect.stringContaining('but for backups'),
      todo: expect.stringContaining('Set a legal hold'),
    });
    expect(of({ withdrawn: at }).todo).toMatch(/^Nothing/);
  });
});
