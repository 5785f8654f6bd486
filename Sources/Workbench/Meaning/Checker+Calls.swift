import Contract
import Kernel

extension Checker {
  /// What is known of a pipeline's values; `nil` where their number is not known.
  mutating func infer(_ pipeline: Pipeline) -> [StaticValue]? {
    var values: [StaticValue]?
    switch pipeline.first {
    case .expression(let expression):
      if case .name(let word) = expression.form, names[word] == nil,
        lexicon.command(word) != nil
      {
        let call = Call(verb: Name(text: word, span: expression.span), span: expression.span)
        values = infer(call, piped: nil)
      } else if case .name(let word) = expression.form, looksLikeCommand(word) {
        report(lexicon.unknownCommand(word), at: expression.span)
        values = nil
      } else {
        values = [infer(expression)]
      }
    case .call(let call): values = infer(call, piped: nil)
    }
    for call in pipeline.rest {
      if let known = values, known.isEmpty {
        report(
          .wrongKind, "there is no value to hand on to `\(call.verb.text)`", at: call.verb.span)
      }
      values = infer(call, piped: values.flatMap { Self.packed($0) } ?? .unknown)
    }
    return values
  }

  /// What is known of a call's values; `nil` where their number is not known.
  mutating func infer(_ call: Call, piped: StaticValue?) -> [StaticValue]? {
    // A bound name goes before a command of that name, as it does without parentheses.
    if call.arguments.isEmpty, call.block == nil, piped == nil,
      let value = names[call.verb.text]
    {
      return [value]
    }
    guard let command = lexicon.command(call.verb.text) else {
      report(lexicon.unknownCommand(call.verb.text), at: call.verb.span)
      for argument in call.arguments { inferLoosely(argument.value) }
      return nil
    }
    let matched = MatchedCall(call, of: command, isPiped: piped != nil)
    for problem in matched.problems { report(problem.failure, at: problem.span) }
    checkPlace(of: command, call)
    var facts = StaticCall(texts: [:], kinds: [:], given: matched.given)
    var method: MethodCard?
    var configured: ConfiguredMethod?
    for slot in methodFirst(matched.slots, of: command) {
      // Which method it is may be known only when the line runs: then any method's words will do.
      var slot = slot
      slot.parameter = slot.parameter.beside(
        method.map { [$0] } ?? lexicon.methods.map { $0.card })
      let value = infer(slot, of: matched, piped: piped)
      facts.columns[slot.parameter.name] = value.columns
      if let kind = value.kind { facts.kinds[slot.parameter.name] = kind }
      if let text = value.content?.plainText { facts.texts[slot.parameter.name] = text }
      if case .ofMethod(let name) = command.extraKeywords, name == slot.parameter.name {
        method = methodCard(value)
        if case .method(let whole)? = value.content { configured = whole }
      }
    }
    let words = command.positional.compactMap { facts.texts[$0.name] }
    for parameter in (command.positional + command.keywords).map({
      command.standing($0, beside: words)
    }) where facts.texts[parameter.name] == nil && matched.source(of: parameter.name) == nil {
      facts.texts[parameter.name] = parameter.defaultContent?.plainText ?? parameter.defaultText
    }
    if let rest = command.rest {
      let value = checkRest(of: matched, piped: piped, method: method)
      facts.kinds[rest.parameter.name] = value.kind
      facts.columns[rest.parameter.name] = value.columns
    }
    checkExtra(of: matched, method: method)
    if let columns = facts.columns.values.first { checkColumns(of: matched, among: columns) }
    if let method, matched.problems.isEmpty {
      checkData(of: matched, method: method, configured: configured)
      checkStart(of: matched)
    }
    if matched.problems.isEmpty {
      let count = diagnostics.count
      checkBefore(matched, facts)
      if command.verb == Command.plugin.verb {
        checkPlugin(facts, isSound: diagnostics.count == count, at: call.verb.span)
      }
      if readsFiles, command.verb == "run", let path = facts.texts["file"] { checkFile(path) }
    }
    if command.role == .sweep {
      var table = StaticValue(kind: .table)
      table.columns = checkSweep(call)
      return [table]
    }
    return results(of: command, facts)
  }

  /// The slots with that of the method in front: what others take hangs on it.
  private func methodFirst(
    _ slots: [MatchedCall.Slot], of command: Command
  ) -> [MatchedCall.Slot] {
    guard case .ofMethod(let name) = command.extraKeywords else { return slots }
    return slots.filter { $0.parameter.name == name } + slots.filter { $0.parameter.name != name }
  }

  /// Checks what can be checked in a part of something that is itself wrong.
  mutating func inferLoosely(_ expression: Expression) {
    if case .pipeline = expression.form { _ = infer(expression) }
  }

  /// Whether a lone word that stands for nothing was probably meant as a command.
  private func looksLikeCommand(_ word: String) -> Bool {
    guard names[word] == nil, lexicon.method(word) == nil else { return false }
    return nearest(word, among: names.keys.sorted()) == nil
      && nearest(word, among: lexicon.commands.map(\.verb)) != nil
  }

  // MARK: - Arguments

  mutating func infer(
    _ slot: MatchedCall.Slot, of call: MatchedCall, piped: StaticValue?
  ) -> StaticValue {
    switch slot.source {
    case .piped: return check(piped ?? .unknown, for: slot.parameter, at: call.call.verb.span)
    case .written(let expression): return infer(expression, for: slot.parameter)
    }
  }

  /// What is known of an argument, by the rules of its parameter for bare words.
  mutating func infer(_ expression: Expression, for parameter: Parameter) -> StaticValue {
    if case .rowExpression = parameter.kind {
      // Its names may be columns, which are known only when the table is there.
      inferLoosely(expression)
      return .unknown
    }
    if let one = parameter.ofOneWord, case .list(let elements) = expression.form, !elements.isEmpty
    {
      return inferWords(elements, one, of: parameter, at: expression.span)
    }
    guard case .name(let word) = expression.form, isBareWord(word, for: parameter) else {
      return check(infer(expression), for: parameter, at: expression.span)
    }
    switch parameter.kind {
    case .method, .start:
      if parameter.words.contains(word) { return StaticValue(content: .symbol(word)) }
      if lexicon.method(word) != nil { return StaticValue(content: .symbol(word)) }
      report(noMethod(word, for: parameter), at: expression.span)
      return .unknown
    default:
      return check(StaticValue(content: .symbol(word)), for: parameter, at: expression.span)
    }
  }

  /// What is known of a list of columns or metrics.
  ///
  /// - Parameter one: What each of them is.
  private mutating func inferWords(
    _ elements: [Expression], _ one: Parameter, of parameter: Parameter, at span: Span
  ) -> StaticValue {
    let values = elements.map { infer($0, for: one) }
    let known = values.compactMap(\.content)
    guard known.count == values.count else {
      return StaticValue(kind: .list, count: elements.count)
    }
    let list = Content.list(known.map { Value($0, .typed($0.sourceText ?? "")) })
    return check(StaticValue(content: list), for: parameter, at: span)
  }

  /// Whether a word stands for itself: it is bound to nothing, or names a column.
  func isBareWord(_ word: String, for parameter: Parameter) -> Bool {
    if parameter.kind.namesColumns { return true }
    guard names[word] == nil else { return false }
    return parameter.kind.takesBareWords || parameter.words.contains(word)
  }

  /// The failure of a word where a method is expected.
  func noMethod(_ word: String, for parameter: Parameter) -> Failure {
    if parameter.words.isEmpty {
      var failure = lexicon.unknownMethod(word)
      if failure.notes.count == 1, let near = nearest(word, among: names.keys.sorted()) {
        failure.notes.insert("did you mean `\(near)`?", at: 0)
      }
      return failure
    }
    return parameter.badChoice(
      word, among: parameter.words + lexicon.methods.map { $0.card.id } + names.keys.sorted())
  }

  private mutating func check(
    _ value: StaticValue, for parameter: Parameter, at span: Span
  ) -> StaticValue {
    if let content = value.content {
      if isMethodWord(content, for: parameter) { return value }
      do throws(Failure) {
        var result = value
        let accepted = try parameter.accepted(content)
        if let failure = lexicon.failure(ofWordsIn: accepted, for: parameter) { throw failure }
        result.content = accepted
        result.kind = result.content?.kind
        return result
      } catch { report(error, at: span) }
      return .unknown
    }
    if let kind = value.kind, !parameter.takes(kind) {
      report(parameter.wrongKind(kind.article), at: span)
      return .unknown
    }
    return value
  }

  private func isMethodWord(_ content: Content, for parameter: Parameter) -> Bool {
    guard case .symbol(let word) = content else { return false }
    switch parameter.kind {
    case .method, .start: return lexicon.method(word) != nil
    default: return false
    }
  }

  private func methodCard(_ value: StaticValue) -> MethodCard? {
    switch value.content {
    case .symbol(let word)?: lexicon.method(word)?.card
    case .method(let method)?: method.card
    default: nil
    }
  }

  // MARK: - Networks, and the method's own arguments

  /// Checks the arguments after the first ones; returns what is known of the only one, or
  /// `networks` for several that are networks.
  private mutating func checkRest(
    of call: MatchedCall, piped: StaticValue?, method: MethodCard?
  ) -> StaticValue {
    guard let rest = call.command.rest, !call.rest.isEmpty else { return .unknown }
    var seen: [String: String?] = [:]
    var values: [StaticValue] = []
    var count: Int? = 0
    for source in call.rest {
      let span = call.span(of: source)
      let value: StaticValue
      switch source {
      case .piped: value = check(piped ?? .unknown, for: rest.parameter, at: span)
      case .written(let expression): value = infer(expression, for: rest.parameter)
      }
      if rest.isDistinct, let identity = value.identity {
        if let first = seen[identity] {
          report(.givenTwice(source.text, as: first), at: span)
        } else {
          seen[identity] = source.text
        }
      }
      values.append(value)
      switch value.kind {
      case .network?: count = count.map { $0 + 1 }
      case .networks?, .list?: count = value.count.flatMap { more in count.map { $0 + more } }
      default: count = nil
      }
    }
    let joined = StaticValue(kind: rest.parameter.takesNetworks ? .networks : nil)
    let known = values.count == 1 ? values[0] : joined
    guard let count, rest.parameter.takesNetworks else { return known }
    var limits = rest.count
    if let method { limits = limits.clamped(to: method.networkCount) }
    guard !limits.contains(count) else { return known }
    let owner = method.map { "`\($0.id)`" } ?? "`\(call.command.verb)`"
    report(
      Failure.networkCount(count, expected: limits, owner: owner),
      at: call.rest.map { call.span(of: $0) }.reduce(call.span(of: call.rest[0])) {
        $0.joined(with: $1)
      })
    return known
  }

  /// A parameter of the method, or, for `method ID …`, of the search it will stand in.
  func extraParameter(
    _ name: String, of method: MethodCard, in command: Command
  ) -> Parameter? {
    if let own = method.parameters.first(where: { $0.name == name }) { return own }
    guard command.verb == "method" else { return nil }
    return lexicon.command("search")?.keywords.first { $0.name == name }?.beside([method])
  }

  // MARK: - Files and results

  private mutating func checkBefore(_ call: MatchedCall, _ facts: StaticCall) {
    let paths = call.command.reads.compactMap { facts.texts[$0] }
    if readsFiles, let precheck = call.command.precheck, !paths.contains(where: isWritten) {
      do throws(Failure) { try precheck(facts) } catch {
        let files = call.command.reads + call.command.writes
        let place = files.compactMap { call.source(of: $0) }.first
        report(error, at: place.map { call.span(of: $0) } ?? call.call.span)
      }
    }
    for name in call.command.writes {
      if let path = facts.texts[name] { noteWritten(path) }
    }
  }

  /// Whether a word is a data set that is known without looking for a file.
  private func isDataSet(_ word: String) -> Bool {
    KnownDataSet.allCases.contains { $0.name == word }
  }

  private func results(of command: Command, _ facts: StaticCall) -> [StaticValue]? {
    switch command.results {
    case .nothing: return []
    case .kinds(let kinds): return kinds.map { StaticValue(kind: $0) }
    case .counted(let name, let kind):
      guard let count = facts.integer(name), count >= 0 else { return nil }
      return (0..<count).map { _ in StaticValue(kind: kind) }
    case .same(let name):
      var value = StaticValue(kind: facts.kinds[name])
      value.columns = facts.columns[name]
      return [value]
    case .computed(let compute):
      // A file that an earlier line writes is not there yet, or is another one.
      let paths = command.reads.compactMap { facts.texts[$0] }
      guard !paths.contains(where: isWritten), readsFiles || paths.allSatisfy(isDataSet) else {
        return nil
      }
      return compute(facts).map { $0.map { StaticValue(kind: $0) } }
    case .unknown: return nil
    }
  }
}

extension MatchedCall.Source {
  /// The argument as it was written, in its one form.
  var text: String? {
    if case .written(let expression) = self { expression.canonical } else { nil }
  }
}

extension Parameter {
  /// Whether it takes networks, so that lists are counted by their members.
  var takesNetworks: Bool {
    if case .value(let kinds) = kind { return kinds.contains(.network) }
    return false
  }
}

extension Failure {
  /// The same network under two names, or under one twice; `nil` for what was piped.
  static func givenTwice(_ second: String?, as first: String?) -> Failure {
    let name = second.map { "`\($0)`" } ?? "the same value"
    let message =
      if let first, let second, first != second {
        "\(name) is the same network as `\(first)`"
      } else { "\(name) stands here twice" }
    return Failure(.givenTwice, message, notes: ["each network can take part once"])
  }

  /// A method that scores on data, without any.
  ///
  /// - Parameter place: Where it stands, if not as the command's method: ` in …`.
  static func needsData(_ method: MethodCard, place: String = "") -> Failure {
    Failure(.missingArgument, "`\(method.id)`\(place) needs `data=`: the data set to score on")
  }

  /// Too few or too many networks.
  static func networkCount(
    _ count: Int, expected: ClosedRange<Int>, owner: String
  ) -> Failure {
    let wanted =
      switch (expected.lowerBound, expected.upperBound) {
      case (let lower, .max): "at least \(lower)"
      case (let lower, let upper) where lower == upper: "\(lower)"
      case (let lower, let upper): "\(lower) to \(upper)"
      }
    return Failure(
      count < expected.lowerBound ? .missingArgument : .incompatible,
      "\(owner) takes \(wanted) networks; got \(count)",
      notes: count < expected.lowerBound ? ["another network stands after the first"] : [])
  }
}

extension Content {
  /// The value as a command looks at it before the run: numbers as digits, texts without quotes.
  var plainText: String? { word ?? sourceText }
}
