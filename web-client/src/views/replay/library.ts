import { Library } from '../../protocol/library.ts';
import { api } from '../store.ts';

/** The recordings as this person may see them; it comes with the pages of the replay and not with the first file. */
export const library = (): Library => new Library(api());
