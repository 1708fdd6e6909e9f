/** Words in a driver's name that say who sells a part, in which box and with how much memory, not which part it is. */
const fillers = new Set(['nvidia', 'geforce', 'tesla', 'quadro', 'generation', 'blackwell', 'edition', 'pcie', 'nvl'])
const fillerPattern = /^(?:sxm\d?|hbm\d?e?|\d+gb)$/

/**
 * Reduces a GPU's name to a key under which drivers and data sheets meet: `NVIDIA H100 80GB HBM3`, `H100` and
 * `NVIDIA H100 PCIe` are all `h100`; `NVIDIA GeForce RTX 4090 Laptop GPU` is `rtx4090mobile`, never `rtx4090`.
 */
export function normaliseModelName(name: string): string {
  return name
    .toLowerCase()
    .replace(/laptop gpu|laptop/, 'mobile')
    .replace('workstation edition', 'ws')
    .split(/[\s-]+/)
    .filter((word) => !fillers.has(word) && !fillerPattern.test(word))
    .join('')
    .replace(/[^a-z0-9]/g, '')
}
