import { Popover } from '@base-ui/react/popover';

/** The one popover in which things are pinned on a word: each button of a word opens it, wherever the word is drawn. */
export const pinPopover = Popover.createHandle<number>();
