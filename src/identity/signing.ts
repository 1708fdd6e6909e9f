/** Signing and verifying without an agent: light enough for browsers, where a wallet holds its keys itself. */
export * from '../protocol/did-signer.ts'
export * from '../protocol/request-claims.ts'
export * from '../protocol/sign-request.ts'
export * from './sign-document.ts'
