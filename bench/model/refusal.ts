/** What the model answers with HTTP 400 and this `__type`. */
export class Refusal extends Error {
  constructor(
    readonly type:
      | 'ValidationException'
      | 'ResourceNotFoundException'
      | 'ProvisionedThroughputExceededException'
      | 'UnknownOperationException',
    message: string,
  ) {
    super(message);
  }
}
