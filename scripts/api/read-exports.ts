import ts from 'typescript'
import { signatureOf } from './signature.ts'

export interface Export {
  name: string
  kind: string
  signature: string
  /** The first sentence of its comment, or nothing. */
  summary: string
}

const KINDS = new Map<ts.SyntaxKind, string>([
  [ts.SyntaxKind.FunctionDeclaration, 'Functions'],
  [ts.SyntaxKind.ClassDeclaration, 'Classes'],
  [ts.SyntaxKind.VariableDeclaration, 'Values'],
  [ts.SyntaxKind.InterfaceDeclaration, 'Types'],
  [ts.SyntaxKind.TypeAliasDeclaration, 'Types'],
])

/** What each of the files exports, sorted by name, also what it exports from other files. */
export function readExports(files: string[]): Map<string, Export[]> {
  const root = new URL('../../', import.meta.url).pathname
  const config = ts.getParsedCommandLineOfConfigFile(
    `${root}tsconfig.json`,
    { incremental: false },
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
        throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, ' '))
      },
    },
  )
  const program = ts.createProgram(files, { ...config?.options })
  const checker = program.getTypeChecker()
  return new Map(
    files.map((file) => {
      const module = checker.getSymbolAtLocation(program.getSourceFile(file)!)
      if (module === undefined) throw new Error(`${file} exports nothing.`)
      const exports = checker.getExportsOfModule(module).flatMap((symbol) => describe(symbol, checker))
      return [file, exports.sort((a, b) => (a.name < b.name ? -1 : 1))]
    }),
  )
}

/** A name may stand for a value and a type at once, such as a class of errors and the type of its codes. */
function describe(symbol: ts.Symbol, checker: ts.TypeChecker): Export[] {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  const seen = new Set<string>()
  return (target.declarations ?? []).flatMap((declaration) => {
    const kind = KINDS.get(declaration.kind) ?? 'Values'
    if (seen.has(kind)) return []
    seen.add(kind)
    const summary = firstSentence(commentOf(declaration))
    return [{ name: symbol.name, kind, signature: signatureOf(symbol.name, declaration, checker), summary }]
  })
}

function commentOf(declaration: ts.Declaration): string {
  const comment = ts.getJSDocCommentsAndTags(declaration).find(ts.isJSDoc)?.comment
  return ts.getTextOfJSDocComment(comment) ?? ''
}

function firstSentence(comment: string): string {
  const text = comment.replace(/\s+/g, ' ').trim()
  return /^.*?[.!?](?=\s+[A-Z`]|$)/.exec(text)?.[0] ?? text
}
