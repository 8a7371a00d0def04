/** What stops the local run and is the user's to mend: printed as its one sentence, without a stack trace. */
export class Problem extends Error {
  override readonly name = 'Problem';
}
