/** A component's description of itself that cannot be served. The message is the end of a sentence. */
export class BadDescription extends Error {}
