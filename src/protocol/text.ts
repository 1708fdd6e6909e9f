import { z } from 'zod'

/**
 * Text that a stranger wrote and people are shown: 1 to `max` characters on one line. Control, formatting and line-breaking
 * characters are refused, since with them a text can rewrite what is said around it (terminals, right-to-left marks), and
 * so are halves of surrogate pairs: in UTF-8 they are all one, so that two texts would hash alike.
 */
export function zShownText(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u, 'must not hold control or formatting characters')
}
