import { AbstractSecretBox } from '@veramo/key-manager'
import { SecretBox } from '@veramo/kms-local'
import { AssayError } from '../protocol/errors.ts'

class CheckedSecretBox extends AbstractSecretBox {
  readonly #box: SecretBox

  constructor(kmsSecret: string) {
    super()
    this.#box = new SecretBox(kmsSecret)
  }

  encrypt(message: string): Promise<string> {
    return this.#box.encrypt(message)
  }

  // Veramo's box gives an empty text where the key is wrong; nothing here is ever empty
  async decrypt(encrypted: string): Promise<string> {
    const message = await this.#box.decrypt(encrypted)
    if (message !== '') return message
    throw new AssayError('configInvalid', 'The KMS secret is not the one that the stored keys are encrypted with')
  }
}

/**
 * What encrypts stored private keys (XSalsa20-Poly1305), under the KMS secret: 32 random bytes as 64 hex digits.
 * @throws AssayError `configInvalid`
 */
export function createSecretBox(kmsSecret: string): AbstractSecretBox {
  // Veramo would take any text, and fail at the first key
  if (!/^[0-9a-fA-F]{64}$/.test(kmsSecret)) {
    throw new AssayError('configInvalid', 'The KMS secret must be 64 hexadecimal digits')
  }
  return new CheckedSecretBox(kmsSecret)
}
