/**
 * What the cleanup's bundle takes in place of `@smithy/core/event-streams`: the client of Lambda has a use for it only
 * where it invokes a function that streams its answer.
 */
export const resolveEventStreamSerdeConfig = <T>(config: T): T => config;

export const eventStreamSerdeProvider = (): never => {
  throw new Error('Event streams are not in this bundle.');
};

export { eventStreamSerdeProvider as EventStreamSerde };
