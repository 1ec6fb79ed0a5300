/** Files and models of networks that were distilled to a few steps tell it by their names alone. Part of the contract: see api.ts. */
const fewStepName = /(?<![a-z])(?:lcm|tcd|hyper|pcm|turbo(?![a-z])|lightning|dmd)/iu;

export function isFewStepName(name: string): boolean {
  return fewStepName.test(name);
}
