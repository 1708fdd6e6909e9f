/** Signing and verifying without an agent: light enough for browsers, where a wallet holds its keys itself. */
export * from './create-jwt.ts'
export * from './did-signer.ts'
export * from './ed25519.ts'
export * from './request-claims.ts'
export * from './sign-document.ts'
export * from './sign-request.ts'
export * from './verify-jwt.ts'
