import * as is from './option';
import { NAME, OPTIONS, type Option, type Optional, relations, type Stage, type StageConfiguration } from './options';
import { didYouMean } from './spelling';

export type { Stage, StageConfiguration } from './options';

/** An error in a stage's configuration. Its message is all that a person needs to see. */
export class ConfigurationError extends Error {}

const STAGE_NAME = is.text(NAME, 'a stage name of lower-case letters, digits and hyphens');

/**
 * Fills in a stage's defaults.
 * @throws a configuration error that shows the value received and says what is expected
 */
export function settleStage(name: string, configuration: StageConfiguration = {}): Stage {
  const at = `Stage "${name}":`;
  if (!is.isObject(configuration)) {
    throw new ConfigurationError(
      `${at} its configuration is ${JSON.stringify(configuration)}; expected: an object, {} for all defaults.`,
    );
  }
  const given: Readonly<Record<string, unknown>> = configuration;
  const known = Object.keys(OPTIONS);
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new ConfigurationError(
      `${at} there is no option ${JSON.stringify(unknown)}${didYouMean(unknown, known)}. Options are: ${known.join(', ')}.`,
    );
  }
  const options: [string, Optional<unknown> | Option<unknown>][] = Object.entries(OPTIONS);
  const settled = options.map(([key, { standard }]) => [key, given[key] === undefined ? standard?.(name) : given[key]]);
  const stage = { ...Object.fromEntries(settled), name } as Stage;
  const wrong =
    STAGE_NAME.check(name, 'name') ??
    is.firstOf(options, ([key, { kind, standard }]) => {
      const value = stage[key as keyof Stage];
      return value === undefined && !standard ? undefined : kind.check(value, key);
    }) ??
    is.firstOf(relations(stage), ([option, value, holds, expected]): is.Wrong | undefined =>
      holds ? undefined : { option, value, expected },
    );
  if (!wrong) return stage;
  throw new ConfigurationError(`${at} ${wrong.option} is ${JSON.stringify(wrong.value)}; expected: ${wrong.expected}.`);
}

/**
 * Chooses the stage to deploy.
 * @param stages what `cdk.json` has under `context.stages`
 * @throws a configuration error that lists the stages, or says what is wrong with this one
 */
export function chooseStage(stages: unknown, name: string): Stage {
  if (!is.isObject(stages)) {
    throw new ConfigurationError(
      `stages in cdk.json is ${JSON.stringify(stages)}; expected: an object with each stage by its name.`,
    );
  }
  if (Object.hasOwn(stages, name)) return settleStage(name, stages[name]);
  const names = Object.keys(stages);
  throw new ConfigurationError(
    `There is no stage "${name}" in cdk.json${didYouMean(name, names)}; there are: ${names.join(', ')}.`,
  );
}
