import { Notice, type NoticeStage, owedUnder } from '../../core/lifecycle/notices.ts';
import { line, styled } from '../terminal.ts';
import type { OnEvent } from './bus.ts';

/** What comes without so long a pause is shown together. */
const PAUSE_MS = 1_000;
/** More than these at once are counted, and not shown one by one. */
const MOST_SHOWN = 8;

const STYLES = {
  arisen: 'cyan',
  soon: 'yellow',
  due: 'yellow',
  overdue: 'red',
  ended: 'green',
} as const satisfies Record<NoticeStage, Parameters<typeof styled>[0]>;

interface Shown {
  readonly notice: Notice;
  readonly topics: readonly string[];
}

/** Shows notices as they come, a line each; of many at once how many they are. */
export class NoticeBoard {
  readonly #whereAll: string;
  readonly #write: (text: string) => void;
  #gathered: Shown[] = [];
  #timer: NodeJS.Timeout | undefined;
  #open = false;

  /** @param whereAll where all of them can be read */
  constructor(whereAll: string, write: (text: string) => void = line) {
    this.#whereAll = whereAll;
    this.#write = write;
  }

  take: OnEvent = (event, topics) => {
    const notice = Notice.safeParse(event.detail);
    if (!notice.success) return;
    this.#gathered.push({ notice: notice.data, topics });
    if (this.#open) this.#showSoon();
  };

  /** Begins to show them: not before all else is said that a start has to say. */
  open(): void {
    this.#open = true;
    this.#showSoon();
  }

  #showSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#show(), PAUSE_MS).unref();
  }

  #show(): void {
    const shown = this.#gathered;
    this.#gathered = [];
    if (shown.length > MOST_SHOWN) this.#write(`${mark()} ${this.#counted(shown)}`);
    else for (const each of shown) this.#write(`${mark()} ${told(each)}`);
  }

  #counted(shown: readonly Shown[]): string {
    const counts = (Object.keys(STYLES) as NoticeStage[]).flatMap((stage) => {
      const count = shown.filter(({ notice }) => notice.stage === stage).length;
      return count === 0 ? [] : [`${count} ${styled(STYLES[stage], stage)}`];
    });
    return `${shown.length} notices: ${counts.join(', ')}   ${styled('dim', `all in ${this.#whereAll}`)}`;
  }
}

const mark = () => `  ${styled('blue', '→')} ${styled('dim', new Date().toTimeString().slice(0, 8))}`;

/** The longest of the kinds is `confirm-correction`. */
const told = ({ notice, topics }: Shown): string =>
  [
    styled(STYLES[notice.stage], notice.stage.padEnd(7)),
    notice.kind.padEnd(18),
    notice.dueOn,
    notice.obliged.padEnd(26),
    styled('dim', `${owedUnder(notice)}${topics.length > 0 ? ' by its topic' : ''}`),
  ].join(' ');
