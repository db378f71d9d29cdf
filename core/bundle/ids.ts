import { v5 } from 'uuid';

/** Under which the UUIDs of what a bundle tells of are made: v5 of the namespace for URLs. */
const NAMESPACE = v5('https://amanat.dev/bundle', v5.URL);

/** The UUID (RFC 9562 version 5) of something that has an id of its own: the same in every bundle that tells of it. */
export const uuidOf = (kind: string, id: string): string => v5(`${kind}/${id}`, NAMESPACE);
