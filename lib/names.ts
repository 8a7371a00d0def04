export interface NamedStage {
  readonly app: string;
  readonly name: string;
}

/** `{app}-{what}-{stage}`: the name of a thing in AWS. */
export const nameOf = ({ app, name }: NamedStage, what: string): string => `${app}-${what}-${name}`;

/** Of all these names the one that comes closest to its limit: a rule of EventBridge. A test compares the template's. */
export const longestName = (stage: NamedStage): string => nameOf(stage, 'session-cleanup-requests');
export const LONGEST_NAME_LIMIT = 64;
