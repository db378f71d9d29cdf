import { createHash } from 'node:crypto';
import { canonicalJson } from '../../core/canonical.ts';
import type { AgencyRecord } from '../../core/model/registry.ts';
import type { TransferRecord } from '../../core/model/transfer.ts';
import type { Fault } from '../../core/problem.ts';
import { UsageError } from '../failure.ts';
import { AgencyDirectory } from './agencies.ts';
import { type CsvRow, readTable, type Table } from './csv.ts';
import { keysOf } from './keys.ts';
import { columnsOf, type Mapping } from './mapping.ts';
import { type Remark, Row } from './row.ts';
import { folded } from './text.ts';
import { type DescribedAgency, type PartyName, readTransfer } from './transfer.ts';

/** A row that can be sent: a `transfer-recorded` line in the making. */
export interface PlannedTransfer {
  readonly line: number;
  readonly key: string;
  readonly body: TransferRecord;
  /** The agencies of this row that are registered on the way. */
  readonly needs: readonly { readonly party: PartyName; readonly agencyId: string }[];
}

/** An agency that the rows name and the mapping has registered: an `agency-registered` line in the making. */
export interface PlannedAgency {
  /** The first row that is sent and names it. */
  readonly line: number;
  readonly key: string;
  readonly body: AgencyRecord;
  /** Whether the mapping gives its id, rather than the import making one from its name. */
  readonly idGiven: boolean;
}

export interface RefusedRow {
  readonly line: number;
  readonly faults: readonly Fault[];
}

/** A row and an earlier one that it is compared with, by their lines. */
export interface RowPair {
  readonly line: number;
  readonly earlier: number;
}

/** All that an import will send, worked out before the first request. */
export interface Plan {
  readonly fileSha256: string;
  /** Every row is among `transfers`, `refused` or `duplicates`, once. */
  readonly rows: number;
  readonly transfers: readonly PlannedTransfer[];
  readonly refused: readonly RefusedRow[];
  /** Rows that repeat an earlier one cell by cell: one hand-over that was written down twice. */
  readonly duplicates: readonly RowPair[];
  /** Rows that bear the identity of an earlier one and say something else: hand-overs of their own. */
  readonly sameIdentity: readonly RowPair[];
  readonly agencies: readonly PlannedAgency[];
  /** Rows that describe an agency in another way than an earlier one; the earlier one counts. */
  readonly describedOtherwise: readonly (Remark & { readonly agencyId: string })[];
  readonly shortened: readonly Remark[];
  readonly withheld: readonly Remark[];
}

/** Reads a register by its mapping. Pure: the same bytes and mapping give the same plan. @throws UsageError */
export function planImport(bytes: Uint8Array, mapping: Mapping): Plan {
  const table = readTable(bytes, mapping.csv);
  checkColumns(mapping, table);
  const fileSha256 = createHash('sha256').update(bytes).digest('hex');
  const keys = keysOf(mapping.register, fileSha256);
  const blanks = new Set(mapping.blanks.map(folded));
  const directory = new AgencyDirectory(mapping.agencies);
  const registry = new Registrations(keys.agency);
  const identities = new Identities(mapping, table);

  const plan = {
    fileSha256,
    rows: table.rows.length,
    transfers: [] as PlannedTransfer[],
    refused: [] as RefusedRow[],
    duplicates: [] as RowPair[],
    sameIdentity: [] as RowPair[],
    shortened: [] as Remark[],
    withheld: [] as Remark[],
  };
  for (const cells of table.rows) {
    const { line } = cells;
    const earlier = identities.sameContent(cells);
    if (earlier !== undefined) {
      plan.duplicates.push({ line, earlier });
      continue;
    }
    const row = new Row(cells, table.columns, mapping, blanks);
    const identity = mapping.identity.map((column) => row.cell(column));
    const before = identities.sameIdentity(identity, line);
    if (identity.every((cell) => cell === '')) row.fault([], 'the columns of its identity are blank');
    checkShape(row, cells, table);
    const read = row.faults.length > 0 ? undefined : readTransfer(row, mapping, directory, fileSha256);
    if (!read) {
      plan.refused.push({ line, faults: row.faults });
      continue;
    }
    if (before.first !== undefined) plan.sameIdentity.push({ line, earlier: before.first });
    plan.shortened.push(...row.shortened);
    plan.withheld.push(...row.withheld);
    plan.transfers.push({
      line,
      key: keys.transfer(identity, before.count),
      body: read.body,
      needs: read.agencies.map((agency) => registry.note(agency, line)),
    });
  }
  return { ...plan, agencies: registry.agencies, describedOtherwise: registry.describedOtherwise };
}

/** The agencies to be registered, each as the first row describes it that is sent. */
class Registrations {
  readonly #key: (agencyId: string) => string;
  readonly #agencies = new Map<string, PlannedAgency>();
  readonly describedOtherwise: (Remark & { agencyId: string })[] = [];

  constructor(key: (agencyId: string) => string) {
    this.#key = key;
  }

  get agencies(): readonly PlannedAgency[] {
    return [...this.#agencies.values()];
  }

  note({ party, record, idGiven }: DescribedAgency, line: number) {
    const { agencyId } = record;
    const planned = this.#agencies.get(agencyId);
    if (!planned) this.#agencies.set(agencyId, { line, key: this.#key(agencyId), body: record, idGiven });
    else if (lasting(planned.body) !== lasting(record))
      this.describedOtherwise.push({ line, pointer: `/${party}`, agencyId });
    return { party, agencyId };
  }
}

/** What of an agency should be the same in every row; the evidence may name the row. */
const lasting = ({ evidence: _evidence, ...agency }: AgencyRecord) => canonicalJson(agency);

/** Which rows are the same as others: in every cell, or in those that identify them. */
class Identities {
  readonly #contents = new Map<string, number>();
  readonly #identities = new Map<string, { first: number; count: number }>();
  readonly #telling: readonly boolean[];

  constructor({ ignore }: Mapping, { columns }: Table) {
    this.#telling = columns.map((column) => !ignore.includes(column));
  }

  /** The line of an earlier row with the same cells in every column that is not to be ignored. */
  sameContent({ cells, line }: CsvRow): number | undefined {
    const content = canonicalJson(cells.filter((_, i) => this.#telling[i] ?? true));
    const earlier = this.#contents.get(content);
    if (earlier === undefined) this.#contents.set(content, line);
    return earlier;
  }

  /**
   * How many earlier rows bear this identity, and the first of them. Rows that are then refused count too, so that
   * the keys of the others stay as they are when those are mended.
   */
  sameIdentity(identity: readonly string[], line: number): { first?: number; count: number } {
    const key = canonicalJson(identity);
    const before = this.#identities.get(key);
    this.#identities.set(key, { first: before?.first ?? line, count: (before?.count ?? 0) + 1 });
    return before ?? { count: 0 };
  }
}

function checkShape(row: Row, { cells }: CsvRow, { columns }: Table): void {
  // Blank cells to the right of the table, as spreadsheets leave them, are no cells.
  const surplus = cells.slice(columns.length).some((cell) => cell !== '');
  if (surplus || cells.length < columns.length)
    row.fault([], `the row has ${cells.length} cells, the table has ${columns.length} columns`);
}

/** @throws UsageError for columns of the mapping that the file has not, or has twice */
function checkColumns(mapping: Mapping, { columns }: Table): void {
  const used = columnsOf(mapping);
  const missing = used.filter((column) => !columns.includes(column));
  if (missing.length > 0)
    // The columns that it does have are not told: without a header line they are cells of the first row.
    throw new UsageError(`the file has no column ${quoted(missing)} among its ${columns.length}`);
  const twice = used.filter((column) => columns.indexOf(column) !== columns.lastIndexOf(column));
  if (twice.length > 0) throw new UsageError(`the file has more than one column ${quoted(twice)}`);
}

const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ');
