/**
 * Names of what a network that finds pinned words is fed, and of the maps that it gives. S subjects, B branches, N text
 * tokens.
 */
export const wordMapTensors = {
  /** f32 [B, 1, N, S]: which of a branch's tokens are the pinned word's; 0 where another branch tells the map. */
  words: 'pinned_words',
  /** f32 [h·w, S] at the maps' grid: where a subject may be. */
  places: 'word_places',
  /** f32 [S, h·w]: the maps of the step before. */
  before: 'word_map_before',
  /** f32 [S, h·w]: what is added to the maps of this run: those of another run, or 1 where nothing is bound. */
  given: 'word_map_given',
  /** f32 [S, h·w]: the maps after this run. */
  map: 'word_map',
} as const;
