/**
 * The results of some work, in the order of what it is done on: at most `parallel` at a time, and never further ahead
 * of the result that is due. So what waits in memory is bounded, whichever of them is slow.
 */
export async function* inOrder<T, R>(
  items: Iterable<T>,
  parallel: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const begun: Promise<R>[] = [];
  for (const item of items) {
    const result = work(item);
    // What fails is told of when its turn comes, and until then it is not unheard of.
    result.catch(() => undefined);
    begun.push(result);
    if (begun.length >= parallel) yield await (begun.shift() as Promise<R>);
  }
  for (const result of begun) yield await result;
}
