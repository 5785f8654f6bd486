import Contract
import Kernel

/// Which statements of a script may draw from the streams of one recipe, told from their text.
///
/// The streams of identical calls are counted, so leaving one out would give its numbers to the next.
/// Two calls are surely not identical where an argument of them surely differs: other numbers, other
/// words, or values that were drawn by different lines.
struct DrawTurns {
  private let statements: [Statement]
  private let reads: [WordCollector]
  private let lexicon: Lexicon
  private var draws: [[Draw]] = []

  /// A call that draws, as far as its text tells.
  private struct Draw {
    var verb: String
    /// By parameter, without those that are the default.
    ///
    /// `nil` stands for what is not known before the run.
    var arguments: [String: String?]
    /// Whether the method is a value that may hold arguments, too.
    var isOpen = false
  }

  init(_ statements: [Statement], _ reads: [WordCollector], lexicon: Lexicon) {
    self.statements = statements
    self.reads = reads
    self.lexicon = lexicon
    draws = statements.indices.map { place in
      reads[place].calls.compactMap { placed in
        guard !placed.isInSweep, isCounted(placed.call) else { return nil }
        return Draw(
          verb: placed.call.verb.text, arguments: arguments(of: placed, at: place),
          isOpen: takesMethod(placed.call) && method(of: placed.call) == nil)
      }
    }
  }

  /// The statements before one whose draws it may have to be counted after.
  func mayShareRecipe(with place: Int) -> [Int] {
    (0..<place).filter { earlier in
      draws[earlier].contains { first in
        draws[place].contains { Self.mayBeSame(first, $0) }
      }
    }
  }

  private static func mayBeSame(_ a: Draw, _ b: Draw) -> Bool {
    guard a.verb == b.verb else { return false }
    let isOpen = a.isOpen || b.isOpen
    for name in Set(a.arguments.keys).union(b.arguments.keys) {
      switch (a.arguments[name], b.arguments[name]) {
      case (.some(.some(let one)), .some(.some(let other))): if one != other { return false }
      // The other has the default, which this one has not.
      case (.some(.some), .none), (.none, .some(.some)): if !isOpen { return false }
      default: continue
      }
    }
    return true
  }

  // MARK: - Calls

  /// Whether a call draws from a stream that is counted.
  private func isCounted(_ call: Call) -> Bool {
    guard let command = lexicon.command(call.verb.text), command.drawsRandomNumbers,
      command.role != .sweep, !call.arguments.contains(where: { $0.name?.text == "seed" })
    else { return false }
    return method(of: call)?.card.drawsRandomNumbers ?? true
  }

  private func takesMethod(_ call: Call) -> Bool {
    guard case .ofMethod? = lexicon.command(call.verb.text)?.extraKeywords else { return false }
    return true
  }

  /// The method that a call names by its id.
  private func method(of call: Call) -> SearchMethod? {
    guard takesMethod(call),
      case .name(let word)? = call.arguments.first(where: { $0.name == nil })?.value.form
    else { return nil }
    return lexicon.method(word)
  }

  private func arguments(
    of placed: WordCollector.PlacedCall, at place: Int
  ) -> [String: String?] {
    guard let command = lexicon.command(placed.call.verb.text) else { return [:] }
    let matched = MatchedCall(placed.call, of: command, isPiped: placed.isPiped)
    var result: [String: String?] = [:]
    for slot in matched.slots where slot.parameter.changesResult {
      add(slot.source, of: slot.parameter, at: place, to: &result)
    }
    for (index, source) in matched.rest.enumerated() {
      result["\(index + 1)"] = .some(text(of: source, at: place))
    }
    let own = method(of: placed.call)?.card.parameters ?? []
    for argument in matched.extra {
      guard let name = argument.name?.text else { continue }
      let parameter = own.first { $0.name == name }
      guard parameter?.changesResult ?? true else { continue }
      add(.written(argument.value), of: parameter, at: place, to: &result, as: name)
    }
    return result
  }

  private func add(
    _ source: MatchedCall.Source, of parameter: Parameter?, at place: Int,
    to result: inout [String: String?], as name: String? = nil
  ) {
    guard let name = name ?? parameter?.name else { return }
    let known = text(of: source, at: place)
    if let known, let parameter, let standard = parameter.defaultContent?.plainText,
      known == Self.typed(standard)
    {
      return
    }
    result[name] = .some(known)
  }

  private func text(of source: MatchedCall.Source, at place: Int) -> String? {
    guard case .written(let expression) = source else { return nil }
    return text(of: expression, at: place)
  }

  // MARK: - Values

  private static func typed(_ text: String) -> String { "typed \(text)" }

  /// A text that is the same for values with the same recipe, and another for all others; `nil` where
  /// that is not known before the run.
  private func text(of expression: Expression, at place: Int) -> String? {
    switch expression.form {
    case .number(let number): return Content(number).plainText.map(Self.typed)
    case .truth(let value): return Self.typed(value ? "yes" : "no")
    case .name(let word): return text(ofName: word, at: place)
    case .member(let owner, let name):
      return text(of: owner, at: place).map { "\($0).\(name.text)" }
    case .index(let owner, let position):
      guard case .number(let number) = position.form else { return nil }
      return text(of: owner, at: place).map { "\($0)[\(number.value)]" }
    default: return nil
    }
  }

  private func isBound(_ word: String, before place: Int) -> Bool {
    statements[..<place].contains { $0.boundNames.contains(word) }
  }

  private func text(ofName word: String, at place: Int) -> String? {
    // A block may bind the name itself before it reads it.
    guard !reads[place].names.contains(word) || statements[place].bindsSurely else { return nil }
    guard let binder = (0..<place).last(where: { statements[$0].boundNames.contains(word) }) else {
      // A run of another file may bind any name.
      return reads[..<place].contains(where: \.runsFile) ? nil : Self.typed(word)
    }
    guard case .assignment(let targets, let pipeline) = statements[binder].kind,
      pipeline.rest.isEmpty, !reads[binder..<place].contains(where: \.runsFile)
    else { return nil }
    switch pipeline.first {
    case .expression(let expression) where targets.count == 1:
      return text(of: expression, at: binder)
    // A lone word is the value of that name, where there is one.
    case .call(let call)
    where call.arguments.isEmpty && call.block == nil && isBound(call.verb.text, before: binder):
      return targets.count == 1 ? text(ofName: call.verb.text, at: binder) : nil
    case .call(let call) where isCounted(call):
      // No two runs that draw have the same recipe.
      let index = targets.firstIndex { $0.text == word } ?? 0
      return "drawn \(binder) " + (targets.count == 1 ? "" : "\(index)")
    default: return nil
    }
  }
}
