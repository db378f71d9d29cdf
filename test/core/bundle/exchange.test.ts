import { Ajv } from 'ajv';
import { beforeAll, describe, expect, it } from 'vitest';
import { caseUco } from '../../../core/bundle/case-uco.ts';
import { composeBundle } from '../../../core/bundle/compose.ts';
import { mispEvent } from '../../../core/bundle/misp.ts';
import { exampleGrounds, FINDING, VERIFIER } from './example-case.ts';

type Node = Record<string, unknown> & { '@id': string; '@type': string };

let event: ReturnType<typeof mispEvent>['Event'];
let graph: readonly Node[];
let context: Record<string, string>;
beforeAll(async () => {
  const { file } = composeBundle(await exampleGrounds(), VERIFIER);
  event = mispEvent(file).Event;
  const made = caseUco(file);
  graph = made['@graph'];
  context = made['@context'];
});

/** What MISP's own schema of its core format 2.4 requires of an event, and of which type each is. */
const strings = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, { type: 'string' }]));
const ORGANISATION = {
  type: 'object',
  properties: strings('id', 'name', 'uuid'),
  required: ['name', 'uuid'],
};
const ATTRIBUTE = {
  type: 'object',
  properties: {
    ...strings(
      'type',
      'category',
      'uuid',
      'distribution',
      'timestamp',
      'comment',
      'value',
      'object_relation',
    ),
    to_ids: { type: 'boolean' },
  },
  required: ['type', 'category', 'value', 'uuid', 'to_ids'],
  additionalProperties: false,
};
const TEXTS = [
  ...['id', 'orgc_id', 'org_id', 'date', 'threat_level_id', 'info', 'uuid', 'attribute_count', 'analysis'],
  ...['timestamp', 'distribution', 'publish_timestamp', 'sharing_group_id'],
];
const LISTS = ['Attribute', 'ShadowAttribute', 'RelatedEvent', 'Tag'];
const FLAGS = ['published', 'proposal_email_lock', 'locked'];
const EVENT = {
  type: 'object',
  properties: {
    ...strings(...TEXTS),
    ...Object.fromEntries(FLAGS.map((name) => [name, { type: 'boolean' }])),
    ...Object.fromEntries(LISTS.map((name) => [name, { type: 'array' }])),
    Attribute: { type: 'array', items: ATTRIBUTE },
    Org: ORGANISATION,
    Orgc: ORGANISATION,
    Object: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          ...strings('name', 'meta-category', 'template_uuid', 'template_version', 'uuid', 'timestamp'),
          ...strings('description', 'distribution', 'comment'),
          Attribute: { type: 'array', items: ATTRIBUTE },
        },
        additionalProperties: false,
      },
    },
  },
  required: [...TEXTS, ...FLAGS, ...LISTS, 'Org', 'Orgc'],
  additionalProperties: false,
};

const UUID_5 = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('the MISP event', () => {
  it('has what the core format requires, and nothing that it does not know', () => {
    const ajv = new Ajv({ strict: true, allErrors: true });
    expect(ajv.validate(EVENT, event), ajv.errorsText()).toBe(true);
  });

  it('is for nobody but its organisation, and not published', () => {
    expect(event).toMatchObject({ distribution: '0', published: false, analysis: '2' });
    expect(event.Tag.map(({ name }) => name)).toEqual(['tlp:amber+strict']);
    const all = [...event.Attribute, ...event.Object.flatMap((each) => each.Attribute)];
    expect(new Set(all.map(({ distribution }) => distribution))).toEqual(new Set(['0']));
    expect(all.every(({ uuid }) => UUID_5.test(uuid))).toBe(true);
    expect(new Set(all.map(({ uuid }) => uuid)).size).toBe(all.length);
  });

  it('has the digest of each file that leaked, by which it is looked for, the findings, and the case', () => {
    const leaked = event.Attribute.filter(({ type, to_ids }) => type === 'sha256' && to_ids);
    expect(leaked.length).toBeGreaterThan(0);
    expect(leaked.every(({ value }) => /^[0-9a-f]{64}$/.test(value))).toBe(true);
    expect(event.Attribute.map(({ value }) => value)).toContain(FINDING);
    const report = event.Object[0]?.Attribute ?? [];
    expect(report.find((each) => each.object_relation === 'case-number')?.value).toBe('case-2026-17');
  });
});

/**
 * The terms of CASE 1 and UCO 1 that are used here. Those of investigation, core and action were looked up in the published
 * ontologies; those of observables, types and identities are as published examples have them.
 */
const TERMS: Readonly<Record<string, readonly string[]>> = {
  'case-investigation': [
    ...['Investigation', 'Authorization', 'InvestigativeAction', 'ProvenanceRecord'],
    ...['authorizationType', 'authorizationIdentifier', 'exhibitNumber', 'focus', 'investigationForm'],
    ...['investigationStatus', 'relevantAuthorization'],
  ],
  'case-vocabulary': ['InvestigationFormVocab'],
  'uco-action': ['Action', 'performer', 'participant', 'object', 'result', 'startTime', 'endTime'],
  'uco-core': [
    ...['Annotation', 'name', 'description', 'createdBy', 'objectCreatedTime', 'object', 'hasFacet'],
    'statement',
  ],
  'uco-identity': ['Identity', 'Organization'],
  'uco-observable': ['File', 'ContentDataFacet', 'hash'],
  'uco-types': ['Hash', 'hashMethod', 'hashValue'],
  'uco-vocabulary': ['HashNameVocab'],
  xsd: ['dateTime', 'hexBinary'],
};

const walk = (value: unknown, see: (key: string, value: unknown) => void): void => {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value)) see(key, inner);
    walk(inner, see);
  }
};

describe('the case in CASE and UCO', () => {
  it('uses their terms and no others, by their IRIs', () => {
    const used = new Set<string>();
    walk(graph, (key, value) => {
      if (key === '@type') used.add(String(value));
      else if (!key.startsWith('@')) used.add(key);
    });
    const known = Object.entries(TERMS).flatMap(([prefix, names]) =>
      names.map((name) => `${prefix}:${name}`),
    );
    expect([...used].filter((term) => !known.includes(term))).toEqual([]);
    expect(context['uco-core']).toBe('https://ontology.unifiedcyberontology.org/uco/core/');
    expect(context['case-investigation']).toBe('https://ontology.caseontology.org/case/investigation/');
  });

  it('names each node once, by a UUID, and refers to none that is not there', () => {
    const ids = graph.map((node) => node['@id']);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => UUID_5.test(id.slice(-36)))).toBe(true);
    walk(graph, (key, value) => {
      if (key === '@id') expect(ids).toContain(value);
    });
  });

  it('gives properties as often as the shapes of the ontologies allow', () => {
    const once = [
      'uco-core:name',
      'uco-core:createdBy',
      'uco-core:objectCreatedTime',
      'uco-action:performer',
    ];
    for (const node of graph)
      for (const [key, value] of Object.entries(node))
        if (once.includes(key)) expect(Array.isArray(value)).toBe(false);
    for (const node of graph)
      if (/:(?:Investigation|ProvenanceRecord|Annotation)$/.test(node['@type']))
        expect([node['uco-core:object']].flat().filter(Boolean).length).toBeGreaterThan(0);
  });

  it('says of each hand-over what speaks for it and what against', () => {
    const statements = graph.flatMap((node) =>
      node['@type'] === 'uco-core:Annotation' ? [node['uco-core:statement'] as string[]] : [],
    );
    expect(statements).toHaveLength(4);
    for (const each of statements) {
      expect(each.some((text) => text.startsWith('for: '))).toBe(true);
      expect(each.some((text) => text.startsWith('against: '))).toBe(true);
    }
  });
});
