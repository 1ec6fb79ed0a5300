/** Open dimensions of the denoiser's graphs. */
export const branchDimension = 'branches';
/** Hidden states that a branch attends to: as many as the text encoder has positions. */
export const tokenDimension = 'tokens';
