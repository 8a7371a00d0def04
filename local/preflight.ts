import { Problem } from '../command/problem';

const ORIGIN = /\$origin == "([^"]+)"/g;
/** The one response template that is understood: what CDK writes where a stage allows several origins. */
const SHAPE =
  /^#set\(\$origin = \$input\.params\(\)\.header\.get\("Origin"\)\)\s+#if\(\$origin == ""\)\s+#set\(\$origin = \$input\.params\(\)\.header\.get\("origin"\)\)\s+#end\s+#if\((\$origin == "[^"]+"( \|\| )?)+\)\s+#set\(\$context\.responseOverride\.header\.Access-Control-Allow-Origin = \$origin\)\s+#end$/;

/** @returns the origins that a preflight's answer is given back to, besides the one that its mapping names */
export function preflightOrigins(methodId: string, templates: Record<string, string> | undefined): readonly string[] {
  if (!templates) return [];
  const text = templates['application/json'] ?? '';
  if (!SHAPE.test(text)) {
    throw new Problem(`The local run does not support the response template of the method ${methodId}.`);
  }
  return [...text.matchAll(ORIGIN)].map(([, origin]) => origin ?? '');
}
