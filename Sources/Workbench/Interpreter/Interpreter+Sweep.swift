import Contract
import Kernel

extension Interpreter {
  /// Evaluates what a sweep goes through.
  func resolveVariables(of call: Call, _ resolved: inout ResolvedCall) throws(Diagnostic) {
    guard let body = call.block else {
      throw Diagnostic(Checker.noBlock, in: source, at: call.verb.span)
    }
    var variables: [SweepPlan.Variable] = []
    for (index, variation) in call.variables.enumerated() {
      let name = variation.variable.text
      let whole = try evaluate(variation.values)
      let values = try elements(of: variation.values, as: whole, for: "sweep")
      variables.append(.init(name: name, values: values))
      resolved.parts += [
        .text((index == 0 ? " " : ", ") + name + " in "), .value(whole.provenance),
      ]
      resolved.recipeParts += ["in", name, whole.provenance.recipe.hex]
      resolved.settings.append(
        .init(
          name: name, text: whole.content.sourceText ?? whole.content.brief, isDefault: false))
    }
    let product = variables.reduce(1.0) { $0 * Double($1.values.count) }
    guard product <= 1_000_000 else {
      throw diagnostic(
        .outOfRange, "a sweep has at most 1000000 cells; this one has \(Content.digits(product))",
        at: call.verb.span)
    }
    resolved.sweep = SweepPlan(
      variables: variables,
      lines: SweepPlan.lines(of: body, variables: variables.map(\.name), lexicon: lexicon),
      source: source, writesFiles: SweepPlan.writesFiles(body, lexicon: lexicon),
      columns: Checker.rowColumns(of: body).map(\.text),
      settings: session.settings,
      names: session.names.compactMap { name in
        session.value(named: name).map { (name, $0) }
      },
      results: session.results)
  }

  /// Adds the body to the text and the recipe, with the values it takes from outside in their
  /// places.
  func resolveBody(of call: Call, _ resolved: inout ResolvedCall) {
    guard let body = call.block else { return }
    var words = OuterWords(session)
    words.bound(call.variables.map(\.variable.text))
    let mapped = words.map(body)
    resolved.parts.append(.text(" "))
    resolved.recipeParts.append("body")
    // Every second piece is the place of a value.
    let pieces = mapped.canonical.split(
      separator: OuterWords.mark, omittingEmptySubsequences: false)
    for (index, piece) in pieces.enumerated() {
      if index % 2 == 1, let place = Int(piece) {
        let provenance = words.values[place]
        resolved.parts.append(.value(provenance))
        resolved.recipeParts.append(provenance.recipe.hex)
      } else {
        resolved.parts.append(.text(String(piece)))
        resolved.recipeParts.append(String(piece))
      }
    }
  }
}

extension Block {
  /// The one text for the block, braces included.
  fileprivate var canonical: String {
    let call = Call(verb: Name(text: "_", span: span), block: self, span: span)
    let line = Statement(
      kind: .assignment([], Pipeline(first: .call(call), span: span)), span: span)
    return String(line.canonical.dropFirst(2))
  }
}

/// Puts marks in place of the words of a body that stand for values from outside.
private struct OuterWords: WordMapper {
  /// Stands in no text that can be typed.
  static let mark: Character = "\u{1}"

  private let session: Session
  var lexicon: Lexicon { session.lexicon }
  private var local: Set<String> = []
  /// What the marks stand for.
  private(set) var values: [Provenance] = []

  init(_ session: Session) { self.session = session }

  mutating func word(_ word: String) -> String? {
    guard !local.contains(word), let value = session.value(named: word) else { return nil }
    return marked(value)
  }

  /// With a number it means a result from outside; the last result is one of the body's.
  mutating func history(_ number: Int?) -> String? {
    guard let number, let value = session.result(number) else { return nil }
    return marked(value)
  }

  mutating func bound(_ names: [String]) { local.formUnion(names) }

  private mutating func marked(_ value: Value) -> String {
    values.append(value.provenance)
    return "\(Self.mark)\(values.count - 1)\(Self.mark)"
  }
}
