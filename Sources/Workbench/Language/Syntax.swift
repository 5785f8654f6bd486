// The syntax tree of the command language, with the place of every part.
//
// The tree says what was written, not what it means: a `name` may turn out to be a value, a
// method or a choice, and a `call` may name a command that does not exist. The checker decides.

/// A word with its place.
struct Name: Hashable, Sendable {
  var text: String
  var span: Span
}

/// A comment that is kept because it means something, without its mark (`##`, `#@`, `#=`).
struct Comment: Hashable, Sendable {
  var text: String
  var span: Span
}

/// A whole file, or one input at the prompt.
struct Script: Hashable, Sendable {
  var statements: [Statement] = []
  /// The `##` lines: what the script is for.
  var summary: [Comment] = []
  /// The `#@` lines: version, hashes of inputs, plugins.
  var pins: [Comment] = []
}

/// One statement of a script or a block.
struct Statement: Hashable, Sendable {
  /// What a statement does.
  indirect enum Kind: Hashable, Sendable {
    /// `a, b = pipeline`; without names a bare pipeline, whose result is only numbered or shown.
    case assignment([Name], Pipeline)
    /// `for variable in over { … }`
    case loop(variable: Name, over: Expression, body: Block)
    /// `expect condition within tolerance "label"`
    case expect(condition: Expression, within: Expression?, label: Expression?)
    /// `expect fails E0401 { … }`; without a code any failure will do.
    case expectFails(code: Name?, body: Block)
    /// `param name = default in range "help"`, only outside blocks.
    case parameter(name: Name, value: Expression, range: Expression?, help: Expression?)
  }

  var kind: Kind
  /// From the first word to the last, without receipts.
  var span: Span
  /// The `#=` lines that follow the statement.
  var receipts: [Comment] = []
}

/// Statements between braces.
struct Block: Hashable, Sendable {
  var statements: [Statement]
  /// With both braces.
  var span: Span
}

/// Stages joined by `|>`: the value of each becomes the first argument of the next.
struct Pipeline: Hashable, Sendable {
  var first: Stage
  var rest: [Call] = []
  var span: Span
}

/// The head of a pipeline.
enum Stage: Hashable, Sendable {
  case call(Call)
  case expression(Expression)
}

/// A command with its arguments: `barrier a b data=test`.
///
/// The verb need not be one that exists: `barier a b` is a call too.
struct Call: Hashable, Sendable {
  var verb: Name
  /// What `sweep` varies: `width in [32, 128], m in methods`.
  var variables: [Variation] = []
  /// In the order written; in a later stage the value from the left is not among them.
  var arguments: [Argument] = []
  var block: Block?
  var span: Span
}

/// One `variable in values` of a sweep.
struct Variation: Hashable, Sendable {
  var variable: Name
  var values: Expression
  var span: Span
}

/// An argument of a call, with a name where it was given as `name=value`.
struct Argument: Hashable, Sendable {
  var name: Name?
  var value: Expression
  /// Name and value.
  var span: Span
}

/// An expression with its place.
struct Expression: Hashable, Sendable {
  /// What an expression is made of.
  indirect enum Form: Hashable, Sendable {
    /// `50k`, `0.5%`, `30min`, `2e-3`
    case number(Number)
    /// `"loss {x}"` as text and expressions in turn; `'verbatim'` is one piece of text.
    case string([StringPart])
    /// What stands where the command's table says *path*, as typed: `nets/a.h5:/group`.
    case path(String)
    /// A value, a method, a choice: what a bare word is, is decided by the checker.
    case name(String)
    /// `_` (nil), the last result, or `_7`, the seventh.
    case history(Int?)
    /// `yes` or `no`
    case truth(Bool)
    case list([Expression])
    /// `1..1M`, both ends included.
    case range(Expression, Expression)
    case negative(Expression)
    case not(Expression)
    case binary(Operator, Expression, Expression)
    /// `p.networks`
    case member(Expression, Name)
    /// `nets[-1]`, counted from 1, from the end where negative.
    case index(Expression, Expression)
    /// A call in parentheses: `(barrier a b data=test)`. Parentheses round a mere expression
    /// leave no trace but the span.
    case pipeline(Pipeline)
  }

  var form: Form
  var span: Span

  init(_ form: Form, _ span: Span) {
    self.form = form
    self.span = span
  }
}

/// A piece of a string in double quotes.
enum StringPart: Hashable, Sendable {
  /// The text meant, escapes already replaced.
  case text(String)
  /// What stands between braces.
  case expression(Expression)
}

/// An operator between two operands.
enum Operator: String, Hashable, Sendable, CaseIterable {
  case or, and
  case equal = "=="
  case unequal = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case near = "~="
  case plus = "+"
  case minus = "-"
  case times = "*"
  case over = "/"
  case power = "^"

  /// How tightly it binds, from 1 for `or`; `not` stands between `and` and the comparisons,
  /// the minus sign between `*` and `^`.
  var precedence: Int {
    switch self {
    case .or: 1
    case .and: 2
    case .equal, .unequal, .less, .lessOrEqual, .greater, .greaterOrEqual, .near: 4
    case .plus, .minus: 5
    case .times, .over: 6
    case .power: 8
    }
  }

  /// Whether it compares; comparisons do not chain.
  var isComparison: Bool { precedence == 4 }
}
