/** `npm run -s restore`: has the ledger rebuilt from the archive alone, here or in AWS. */
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { startProgress } from '../cli/progress.ts';
import { parseCheckpoint } from '../core/log/checkpoint.ts';
import { parseNote } from '../core/log/note.ts';
import { Fault } from './fault.ts';
import { functionAt, WHERE } from './invoke.ts';
import { line } from './terminal.ts';

const USAGE = `npm run -s restore -- [--all] [--data DIR | --function NAME]

  --all             look at everything again, and put back whatever is missing; else it takes up what was begun
  --data DIR        of the system that runs on this machine; .amanat of the project unless told
  --function NAME   the restore function in AWS, as the output RestoreFunctionName of the Log stack says

Puts entries, histories, batches, tiles, checkpoints, cosignatures and answers of traces back into the ledger from the
archive alone. It only adds: what is there stays, and what is there and differs ends it. The views follow by themselves;
the rebuild command makes sure of them.`;

const Answer = z.union([
  z.object({ refused: z.string() }),
  z.object({
    size: z.int(),
    of: z.int(),
    done: z.boolean(),
    root: z.string().optional(),
    checkpoint: z.string().optional(),
    missing: z.string().optional(),
  }),
]);
type Progress = Exclude<z.infer<typeof Answer>, { refused: string }>;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      ...WHERE,
      all: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return line(USAGE);
  const restore = await functionAt({ ...values, function: values.function }, 'restore');
  const call = async (command: object): Promise<Progress> => {
    const answer = Answer.parse(await restore(command));
    if ('refused' in answer) throw new Fault(`nothing more is put back: ${answer.refused}`);
    return answer;
  };
  let progress = await call({ restore: 'start', all: values.all });
  const bar = startProgress({ entries: progress.of });
  try {
    bar.update('entries', progress.size);
    while (!progress.done) {
      progress = await call({ restore: 'continue', from: progress.size });
      bar.update('entries', progress.size);
    }
  } finally {
    bar.stop();
  }
  tell(progress);
}

/** Compares the root of the ledger with the one that was signed, whatever the function says of it. */
function tell({ size, of, root, checkpoint, missing }: Progress): void {
  if (missing !== undefined)
    throw new Fault(
      `the archive has ${whole(size)} of the ${whole(of)} entries that were published; what goes on in ${missing} is gone`,
    );
  const signed = parseCheckpoint(parseNote(checkpoint ?? '').text);
  const isSame = signed.size === size && Buffer.from(signed.root).toString('base64') === root;
  line(`size  ${whole(size)}`);
  line(`root  ${root}`);
  if (!isSame) throw new Fault('which is not what the checkpoint says: do not rely on this ledger');
  line(`as the newest checkpoint of ${signed.origin} in the archive has it`);
}

const whole = (n: number): string => n.toLocaleString('en');

try {
  await main();
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
