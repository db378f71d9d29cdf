import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { publicRegister } from '../../core/api/openapi/public.ts';
import type { PublicRegister } from '../../core/api/public-register.ts';
import type { AgencyId } from '../../core/model/scalars.ts';
import { CANONICAL_FIELDS } from '../../core/model/vocabulary.ts';
import { registerPage, type Sought } from '../../lambdas/site/register-html.ts';
import { POLICY } from '../../lambdas/site/register-style.ts';

const register = publicRegister as PublicRegister;
const names = new Map([
  ['hill-it-board', 'Hill IT Board'],
  ['numbering-authority', 'Numbering & “Licensing” Authority'],
] as [AgencyId, string][]);
const page = (sought: Sought = {}, shown: PublicRegister = register, wrong: string[] = []) =>
  registerPage(sought, shown, names, wrong);
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found]) => found);

describe('the page of the public register', () => {
  it('has no script and nothing from elsewhere, and its policy allows its own style alone', () => {
    const text = page();
    expect(text).not.toMatch(/<script|\son\w+=|https?:\/\//i);
    const [style = ''] = all(text, /<style>([\s\S]*?)<\/style>/g);
    const hash = createHash('sha256').update(style).digest('base64');
    expect(POLICY).toContain(`style-src 'sha256-${hash}'`);
    expect(text).not.toMatch(/\sstyle=/);
    expect(POLICY).toContain("default-src 'none'");
  });

  it('takes what agencies and readers write for text', () => {
    const title = '<img src=x onerror=alert(1)>';
    const [item] = register.items;
    const text = page({ q: '"><b>' }, { ...register, items: item ? [{ ...item, title, about: title }] : [] });
    expect(text).not.toMatch(/<img|"><b>/);
    expect(text).toContain('&#60;img src=x onerror=alert(1)&#62;');
  });

  it('has a label for each control, one heading of the first level, none left out, and ids that are there once', () => {
    const text = page();
    const controls = all(text, /<(?:select|input) id="([^"]+)"/g);
    expect(controls).toEqual(['recipient', 'provider', 'field', 'q', 'year', 'validAt']);
    for (const id of controls) expect(text).toContain(`<label for="${id}">`);
    const levels = all(text, /<h(\d)/g).map(Number);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    levels.forEach((level, at) => {
      expect(level - (levels[at - 1] ?? 0)).toBeLessThanOrEqual(1);
    });
    const ids = all(text, /\sid="([^"]+)"/g);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of all(text, /(?:aria-labelledby="|href="#)([^"]+)"/g)) expect(ids).toContain(id);
    expect(text).toContain('<html lang="en">');
    expect(text).toMatch(/<table><caption>/);
  });

  it('offers every field and agency, and keeps what was sought, on the next page too', () => {
    const sought = { recipient: 'hill-it-board', field: 'cnic', q: 'tax & toll' };
    const text = page(sought, { ...register, nextCursor: 'abc' });
    for (const value of [...CANONICAL_FIELDS, ...names.keys()])
      expect(text).toContain(`<option value="${value}"`);
    expect(all(text, /value="([^"]+)" selected/g)).toEqual(['hill-it-board', 'cnic']);
    const [next = ''] = all(text, /href="register\?([^"]+)"/g);
    expect([...new URLSearchParams(next.replaceAll('&#38;', '&'))]).toEqual([
      ...Object.entries(sought),
      ['cursor', 'abc'],
    ]);
  });

  it('says what is lacking, what is kept out, and where there is nothing', () => {
    const { purposes: _none, ...bare } = register.items[0] as PublicRegister['items'][number];
    expect(page({}, { ...register, items: [bare] })).toContain(
      '<dt>Why</dt><dd><span class="soft">not recorded',
    );
    expect(page()).toContain('<td>Criminal investigation</td><td class="n">2</td>');
    const empty = page({}, { ...register, items: [], suppressed: [] });
    expect(empty).toContain('None is recorded that may be shown.');
    expect(empty).toContain('At present none is kept out.');
  });

  it('says of which day it tells', () => {
    expect(page()).toContain('<dt>Now</dt>');
    const then = page({ validAt: '2023-06-30' });
    expect(then).toContain('as they stood on 30 June 2023');
    expect(then).toContain('<dt>Then</dt>');
  });

  it('names what could not be understood', () => {
    expect(page({}, register, ['the year'])).toMatch(/role="alert">[^<]*the year/);
    expect(page()).not.toContain('role="alert"');
  });
});
