/**
 * What the bundles take in place of `@smithy/core/event-streams`: no call here is answered by a stream of events. The
 * cleanup's client of Lambda could make one, to a function that streams its answer, and never does.
 */
export const resolveEventStreamSerdeConfig = <T>(config: T): T => config;

export const eventStreamSerdeProvider = (): never => {
  throw new Error('Event streams are not in this bundle.');
};

export { eventStreamSerdeProvider as EventStreamSerde };
