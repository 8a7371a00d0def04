/** An answer of the service that is an error, as it goes out. */
export class EngineError extends Error {
  constructor(
    readonly statusCode: number,
    readonly body: { readonly __type: string } & Readonly<Record<string, unknown>>,
  ) {
    super(body.__type);
  }

  /** @param namespace what the service puts before the type's name */
  static of(type: string, fields: object, namespace = 'com.amazonaws.dynamodb.v20120810'): EngineError {
    return new EngineError(400, { __type: `${namespace}#${type}`, ...fields });
  }

  static validation(message: string): EngineError {
    return EngineError.of('ValidationException', { message }, 'com.amazon.coral.validate');
  }
}

/** dynalite's own errors look like ours. */
export const isEngineError = (error: unknown): error is EngineError =>
  typeof (error as EngineError | undefined)?.statusCode === 'number';

/** Whether the condition of an operation did not hold. */
export const isConditionError = (error: unknown): error is EngineError =>
  isEngineError(error) && error.body.__type.endsWith('#ConditionalCheckFailedException');
