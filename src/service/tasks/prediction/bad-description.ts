/** What a component says of itself cannot be served: the end of a sentence. */
export class BadDescription extends Error {}
