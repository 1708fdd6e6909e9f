/**
 * Imports a package as this folder has it. The name is a variable, and the shape the caller's to state: the compiler can
 * look for neither where the peers are not installed.
 */
export function loadPeer<T>(name: string): Promise<T> {
  return import(name)
}
