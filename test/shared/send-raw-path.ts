import { request } from 'node:http'

/** A request whose path goes over the wire exactly as given: fetch would tidy it up. */
export function sendRawPath(url: string, path: string): Promise<number> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.on('error', reject).end()
  })
}
