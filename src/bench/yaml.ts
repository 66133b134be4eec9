/** YAML as a bench file needs it: every scalar as its author wrote it, and the line that each value stands on. */
import {
  CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from 'yaml';

/** Scalars stay text, so that `firmware: 4.10` doesn't become 4.1; an empty one is null. */
export type Tree = string | null | Tree[] | { [key: string]: Tree };

export interface Mistake {
  readonly line: number;
  /** A sentence with its mend. */
  readonly text: string;
}

export interface YamlSource {
  /** Only to be trusted when there are no mistakes. */
  readonly tree: Tree;
  readonly mistakes: readonly Mistake[];
  /** The line of the value at `path`, or of the nearest parent that the file has. */
  lineOf(path: Path): number;
}

export type Path = readonly (string | number)[];

/** `devices[0].kind`. */
export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`),
    '',
  );
}

const limits = { characters: 100_000, lineCharacters: 400, flowDepth: 20 };

/**
 * The parser recurses, and a deep enough nesting kills the process rather than throws. Block nesting is
 * bounded by the length of a line, flow nesting by its brackets, which the lexer counts without recursion.
 */
function tooMuch(text: string): Mistake | undefined {
  if (text.length > limits.characters)
    return { line: 1, text: `The file has more than ${limits.characters} characters; split the bench.` };
  const long = text.split(/\r?\n/).findIndex((line) => line.length > limits.lineCharacters);
  if (long >= 0) {
    return {
      line: long + 1,
      text: `The line is longer than ${limits.lineCharacters} characters; break it up.`,
    };
  }
  let depth = 0;
  let line = 1;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    if (type === 'newline') line++;
    if (type === 'flow-map-start' || type === 'flow-seq-start') depth++;
    if (type === 'flow-map-end' || type === 'flow-seq-end') depth--;
    if (depth > limits.flowDepth) return { line, text: 'Brackets are nested too deep; close them.' };
  }
  return undefined;
}

function explain(error: YAMLError): string {
  switch (error.code) {
    case 'DUPLICATE_KEY':
      return 'The same key is given twice; keep one.';
    case 'TAB_AS_INDENT':
      return 'The line is indented with a tab; use spaces.';
    case 'MULTIPLE_DOCS':
      return 'A bench file is one YAML document; remove what follows `---`.';
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'A value holds a colon; put it in quotes, like "2001:db8::/64".';
    default:
      return `The YAML can't be read here: ${error.message.replace(/\.$/, '')}.`;
  }
}

export function readYaml(text: string): YamlSource {
  const mistakes: Mistake[] = [];
  const offsets = new Map<string, number>();
  const lines = new LineCounter();
  const lineAt = (offset: number) => Math.max(1, lines.linePos(offset).line);
  const lineOf = (path: Path): number => {
    const offset = offsets.get(pathText(path));
    if (offset !== undefined) return lineAt(offset);
    return path.length === 0 ? 1 : lineOf(path.slice(0, -1));
  };

  const excess = tooMuch(text);
  if (excess) return { tree: null, mistakes: [excess], lineOf };
  // Values are taken from the source, so the parser needn't know what a number is.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    schema: 'core',
    merge: false,
  });
  for (const error of [...document.errors, ...document.warnings]) {
    mistakes.push({ line: lineAt(error.pos[0]), text: explain(error) });
  }

  const offsetOf = (node: unknown) => (node as { range?: [number, number, number] | null }).range?.[0] ?? 0;
  const complain = (node: unknown, what: string) =>
    void mistakes.push({ line: lineAt(offsetOf(node)), text: what });
  const asWritten = (node: unknown): string | null => {
    if (!isScalar(node)) return null;
    if (typeof node.value === 'string') return node.value;
    return node.value === null ? null : (node.source ?? null);
  };

  const walk = (node: Node | null, path: Path): Tree => {
    // A value's line is that of its key, where it has one.
    if (node && !offsets.has(pathText(path))) offsets.set(pathText(path), offsetOf(node));
    if (isAlias(node)) {
      complain(node, 'A bench file has no YAML aliases; write the value out.');
      return null;
    }
    if (isSeq<Node>(node)) return node.items.map((item, index) => walk(item, [...path, index]));
    if (!isMap<unknown, Node | null>(node)) return asWritten(node);
    const tree: { [key: string]: Tree } = {};
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? (asWritten(key) ?? '') : '';
      // Names like `constructor` would be taken for what every object inherits.
      if (name === '' || name in {}) {
        complain(key, `A key must be a plain word${name && `, not \`${name}\``}; write another.`);
        continue;
      }
      offsets.set(pathText([...path, name]), offsetOf(key));
      tree[name] = walk(value, [...path, name]);
    }
    return tree;
  };
  return { tree: walk(document.contents, []), mistakes, lineOf };
}
