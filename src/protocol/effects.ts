/** The effects that modules need: they are passed in, so every module runs anywhere and tests are deterministic. */

/** The current time in whole seconds since the Unix epoch. */
export type Clock = () => number

/** Cryptographically secure random bytes. */
export type RandomBytes = (length: number) => Uint8Array

/** An Ed25519 signature (64 bytes) over the message, by a key that stays where it is. */
export type Sign = (message: Uint8Array) => Promise<Uint8Array>

/** The Ed25519 public keys (32 bytes each) that may sign for a DID. Throws `didUnresolvable`. */
export type ResolveKeys = (did: string) => Promise<Uint8Array[]>
