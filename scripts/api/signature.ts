import ts from 'typescript'

/** Longer ones are cut: the page is to be read, and the types come with the package. */
const LONGEST = 200

/** The line of a declaration as its author wrote it, without its body. */
export function signatureOf(name: string, declaration: ts.Declaration, checker: ts.TypeChecker): string {
  if (ts.isFunctionDeclaration(declaration)) return cut(name + between(declaration, declaration.body))
  if (ts.isVariableDeclaration(declaration)) return cut(name + valueSignature(declaration, checker))
  if (ts.isTypeAliasDeclaration(declaration)) return cut(`type ${name} = ${squeeze(declaration.type.getText())}`)
  if (ts.isInterfaceDeclaration(declaration)) return cut(`interface ${name} { ${members(declaration)} }`)
  if (ts.isClassDeclaration(declaration)) return `class ${name}${heritage(declaration)}`
  return name
}

/** Parameters and result: what stands between a function's name and its body. */
function between(declaration: ts.FunctionDeclaration, body: ts.Node | undefined): string {
  const text = declaration.getSourceFile().text
  return squeeze(text.slice(declaration.name?.end ?? declaration.pos, body?.pos ?? declaration.end))
}

function valueSignature(declaration: ts.VariableDeclaration, checker: ts.TypeChecker): string {
  if (declaration.type !== undefined) return `: ${squeeze(declaration.type.getText())}`
  const value = declaration.initializer
  if (value !== undefined && ts.isArrowFunction(value)) {
    const text = value.getSourceFile().text
    return squeeze(text.slice(value.getStart(), value.equalsGreaterThanToken.pos)).replace(/^async /, '')
  }
  if (/^z[A-Z]/.test(declaration.name.getText())) return ': zod schema'
  return `: ${squeeze(checker.typeToString(checker.getTypeAtLocation(declaration)))}`
}

function members(declaration: ts.InterfaceDeclaration): string {
  return declaration.members.map((member) => squeeze(member.getText()).replace(/[;,]$/, '')).join('; ')
}

function heritage(declaration: ts.ClassDeclaration): string {
  return (declaration.heritageClauses ?? []).map((clause) => ` ${squeeze(clause.getText())}`).join('')
}

function squeeze(code: string): string {
  return code
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/\s+/g, ' ')
    .replace(/\( /g, '(')
    .replace(/,? \)/g, ')')
    .replace(/^\| /, '')
    .trim()
}

function cut(signature: string): string {
  return signature.length <= LONGEST ? signature : `${signature.slice(0, LONGEST - 2)} …`
}
