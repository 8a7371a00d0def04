/** What the bundles take in place of what they never ask for; lib/bundling.ts says why. */
export default {};
