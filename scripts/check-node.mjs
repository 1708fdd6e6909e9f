// Runs after the dependencies are installed. npm itself is silent here (.npmrc), also about a Node that is too old.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Assay needs Node 20.19 or newer, and this is ${process.versions.node}: install it from https://nodejs.org`,
  )
  process.exit(1)
}
