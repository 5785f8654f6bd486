import Contract

/// Finds the ways to go on from a place in a command, by position.
///
/// At the start of a stage verbs; after `search` methods; after a method its parameters not yet
/// given and the networks in scope; after `name=` values of that kind; file names for paths.
struct CompletionEngine: Sendable {
  private(set) var source: any CompletionSource
  var files = FileCompletion()

  init(_ source: any CompletionSource) { self.source = source }

  /// The ways to go on.
  ///
  /// - Parameters:
  ///   - line: The line being edited.
  ///   - cursor: The place of the cursor, in bytes of the line.
  ///   - earlier: The lines before, where the statement began on one of them.
  func complete(line: String, cursor: Int, after earlier: String = "") -> CompletionResult {
    let bytes = Array(line.utf8.prefix(max(0, cursor)))
    let head = earlier.isEmpty || earlier.hasSuffix("\n") ? earlier : earlier + "\n"
    let text = head + String(decoding: bytes, as: UTF8.self)
    let context = CompletionContext(textBeforeCursor: text)
    var engine = self
    if let earlier = context.earlier { engine.source = source.after(earlier) }
    var result = engine.complete(context)
    result.start = max(0, result.start - head.utf8.count)
    return result
  }

  private func complete(_ context: CompletionContext) -> CompletionResult {
    switch context.place {
    case .comment: return .nothing(at: context.start)
    case .string: return completeString(context)
    case .word: break
    }
    if let key = context.key { return completeValue(of: key, context) }
    if context.bracket == "[" { return completeListItem(context) }
    if context.words.isEmpty { return completeStageStart(context) }
    guard let verb = context.words[0].text else { return completeOperand(context) }
    switch verb {
    case "for" where context.isStatementStart: return completeLoop(context)
    case "expect" where context.isStatementStart: return completeExpectation(context)
    case "param" where context.isStatementStart: return completeParameter(context)
    case "sweep": if let variation = completeVariation(context) { return variation }
    default: break
    }
    guard let arguments = source.arguments(of: verb) else { return completeOperand(context) }
    if context.words.last == .sign { return completeOperand(context) }
    return completeArgument(of: verb, arguments, context)
  }

  // MARK: - Places

  private func completeStageStart(_ context: CompletionContext) -> CompletionResult {
    if context.partial.contains(".") { return completeOperand(context) }
    var found = source.verbs.map { Completion($0.name, help: $0.help) }
    if context.isStatementStart {
      found += Self.statements.map { Completion($0.name, help: $0.help) }
    }
    // An expression can begin a stage, too, but names would hide the verbs of an empty line.
    if !context.partial.isEmpty || context.bracket == "(", !context.isPiped {
      found += source.names.map(Self.completion(of:))
    }
    // In a condition over rows the columns are what is meant first.
    return matching(conditionColumns(context) + found, context)
  }

  /// Statements that are no commands.
  private static let statements = [
    CompletionItem("for", "repeat a block for each value of a list"),
    CompletionItem("expect", "check that something holds"),
    CompletionItem("param", "a value that can be set from outside"),
  ]

  func completeOperand(_ context: CompletionContext) -> CompletionResult {
    if let member = completeMember(context) { return member }
    return matching(conditionColumns(context) + source.names.map(Self.completion(of:)), context)
  }

  /// `p.` is followed by what a value of p's kind has, and so is `(barrier a b).` or `nets[1].`.
  private func completeMember(_ context: CompletionContext) -> CompletionResult? {
    guard let dot = context.partial.lastIndex(of: "."), !context.partial.contains("/")
    else { return nil }
    let written = String(context.partial[..<dot])
    let members = source.members(of: context.owner + written)
    guard !members.isEmpty else { return nil }
    var inner = context
    inner.partial = String(context.partial[context.partial.index(after: dot)...])
    inner.start = context.start + written.utf8.count + 1
    return matching(members.map { Completion($0.name, help: $0.help) }, inner)
  }

  private func completeListItem(_ context: CompletionContext) -> CompletionResult {
    if let member = completeMember(context) { return member }
    var found = source.names.map(Self.completion(of:))
    if let parameter = parameter(at: context), !context.isIndex {
      let given = values(of: parameter, verb: verb(of: context), context)
      if parameter.kind.namesColumns { return matching(given, context) }
      // What the parameter is about first, then whatever else is bound.
      found = given + found
    }
    if !context.partial.isEmpty {
      found += methods
    }
    return matching(found, context)
  }

  private func completeString(_ context: CompletionContext) -> CompletionResult {
    guard let parameter = parameter(at: context), case .path = parameter.kind else {
      return .nothing(at: context.start)
    }
    return completePath(context, isQuoted: true)
  }

  // MARK: - Arguments

  private func completeArgument(
    of verb: String, _ arguments: CompletionArguments, _ context: CompletionContext
  ) -> CompletionResult {
    if let member = completeMember(context) { return member }
    let next = nextParameter(arguments, context)
    if let next, next.name == arguments.methodParameter {
      return matching(values(of: next, verb: verb, context), context)
    }
    if let next, case .path = next.kind {
      let known = source.values(for: next.name, of: verb).map { Completion($0.name, help: $0.help) }
      var result = completePath(context, isQuoted: false)
      result.completions.insert(
        contentsOf: known.filter { $0.text.hasPrefix(context.partial) }, at: 0)
      result.completions += matching(keywords(arguments, context), context).completions
      return result
    }
    let given = next.map { values(of: $0, verb: verb, context) } ?? []
    var result = matching(given + keywords(arguments, context), context)
    result.hint = next.map { Self.hint($0) }
    return result
  }

  /// The parameter that a word without a name at the cursor would be for.
  private func nextParameter(
    _ arguments: CompletionArguments, _ context: CompletionContext
  ) -> Parameter? {
    let named = Set(context.words.compactMap(Self.key(of:)))
    let open = arguments.positional.filter { !named.contains($0.name) }
    let count = positionalCount(context)
    return count < open.count ? open[count] : arguments.rest
  }

  /// How many arguments without a name stand before the cursor, what `|>` brings included.
  private func positionalCount(_ context: CompletionContext) -> Int {
    let written = context.words.dropFirst().count { word in
      switch word {
      case .plain, .value: true
      case .keyword, .comma, .sign: false
      }
    }
    return written + (context.isPiped ? 1 : 0)
  }

  private static func key(of word: CompletionContext.Word) -> String? {
    if case .keyword(let key, _) = word { return key }
    return nil
  }

  /// The parameters that can still be given by name: the method's own, then the command's.
  private func keywords(
    _ arguments: CompletionArguments, _ context: CompletionContext
  ) -> [Completion] {
    let given = Set(context.words.compactMap(Self.key(of:)))
    return (methodParameters(arguments, context) + arguments.keywords)
      .filter { !given.contains($0.name) }
      .map {
        Completion(
          $0.name + "=", detail: ParameterText.short($0), help: $0.help, isWhole: false)
      }
  }

  private func methodParameters(
    _ arguments: CompletionArguments, _ context: CompletionContext
  ) -> [Parameter] {
    guard let name = arguments.methodParameter,
      let index = arguments.positional.firstIndex(where: { $0.name == name })
    else { return [] }
    let written = context.words.dropFirst().filter { $0 != .comma && Self.key(of: $0) == nil }
    let place = index - (context.isPiped ? 1 : 0)
    let named = context.words.compactMap { word -> String? in
      if case .keyword(name, let value) = word { return value }
      return nil
    }
    let word =
      named.first
      ?? (written.indices.contains(written.startIndex + place)
        ? written[written.startIndex + place].text : nil)
    return word.map { source.parameters(ofMethod: $0) } ?? []
  }

  // MARK: - Values

  private func completeValue(of key: String, _ context: CompletionContext) -> CompletionResult {
    guard let parameter = parameter(at: context) else { return completeOperand(context) }
    if case .path = parameter.kind { return completePath(context, isQuoted: false) }
    if let member = completeMember(context) { return member }
    var result = matching(values(of: parameter, verb: verb(of: context), context), context)
    result.hint = Self.hint(parameter)
    return result
  }

  private func verb(of context: CompletionContext) -> String {
    (context.bracket == "[" ? context.outerWords : context.words).first?.text ?? ""
  }

  /// The parameter whose value is being typed, by its name or by position.
  private func parameter(at context: CompletionContext) -> Parameter? {
    var outer = context
    if context.bracket == "[" {
      outer.words = context.outerWords
      outer.isPiped = context.outer.first?.isPiped ?? false
    }
    guard let verb = outer.words.first?.text, let arguments = source.arguments(of: verb) else {
      return nil
    }
    return parameter(of: arguments, at: outer)
  }

  private func parameter(
    of arguments: CompletionArguments, at outer: CompletionContext
  ) -> Parameter? {
    guard let key = outer.key else { return nextParameter(arguments, outer) }
    let all =
      methodParameters(arguments, outer) + arguments.keywords + arguments.positional
      + (arguments.rest.map { [$0] } ?? [])
    return all.first { $0.name == key }
  }

  private func values(
    of parameter: Parameter, verb: String, _ context: CompletionContext
  ) -> [Completion] {
    let known = source.values(for: parameter.name, of: verb).map {
      Completion($0.name, help: $0.help)
    }
    let words = parameter.words.map { Completion($0, help: parameter.help) }
    return known + words + values(of: parameter.kind, default: parameter.defaultText, context)
  }

  private func values(
    of kind: ParameterKind, default defaultText: String?, _ context: CompletionContext
  ) -> [Completion] {
    switch kind {
    case .integer: names([.integer])
    case .real: names([.real, .integer])
    case .duration: names([.time])
    case .memory, .interval: names([.range])
    case .text: names([.text])
    case .path, .words: []
    case .yesNo: choices(["yes", "no"], default: defaultText)
    case .word(let words): choices(words, default: defaultText) + symbols
    case .value(let kinds): names(kinds)
    case .method: methods + names([.method]) + symbols
    case .start: methods + names([.method, .result, .permutations]) + symbols
    case .metric, .metrics: items(source.metrics, "metric") + symbols
    case .reader: items(source.readers, "reader") + symbols
    case .rowExpression, .column, .columns: columns(context)
    case .topic:
      (source.verbs + source.methods + source.metrics + source.readers + source.topics).map {
        Completion($0.name, help: $0.help)
      }
    case .any: source.names.map(Self.completion(of:))
    }
  }

  private var methods: [Completion] { items(source.methods, "method") }

  private func items(_ items: [CompletionItem], _ kind: String) -> [Completion] {
    items.map { Completion($0.name, detail: kind, help: $0.help) }
  }

  private func choices(_ words: [String], default defaultText: String?) -> [Completion] {
    words.map { Completion($0, detail: $0 == defaultText ? "default" : "") }
  }

  private func names(_ kinds: [ValueKind]) -> [Completion] {
    // Members of a result or of a list of networks stand where networks are wanted.
    let wanted = Set(kinds)
    let holders: Set<ValueKind> =
      wanted.contains(.network) || wanted.contains(.networks) ? [.network, .networks, .list] : []
    return source.names.filter { name in
      guard let kind = name.kind else { return true }
      return wanted.contains(kind) || holders.contains(kind)
    }
    .map(Self.completion(of:))
  }

  /// Names of words: a loop's variable over methods or choices.
  private var symbols: [Completion] {
    source.names.filter { $0.kind == .symbol }.map(Self.completion(of:))
  }

  /// The columns of the table that the stage is about, or of every table.
  private func columns(_ context: CompletionContext) -> [Completion] {
    columns(words: context.words, pipedText: context.isPiped ? context.pipedText : nil)
  }

  private func columns(words: [CompletionContext.Word], pipedText: String?) -> [Completion] {
    var found = source.columns(of: pipedText ?? words.dropFirst().first?.written ?? "")
    if found.isEmpty {
      let tables = source.names.filter { $0.kind == .table }.map(\.name)
      let mentioned = words.compactMap(\.text).filter(tables.contains)
      found = (mentioned.isEmpty ? tables : mentioned).flatMap { source.columns(of: $0) }
    }
    var seen: Set<String> = []
    return found.filter { seen.insert($0.name).inserted }
      .map { Completion($0.name, detail: "column", help: $0.help) }
  }

  /// The columns that a condition in parentheses may name, as in `where t (barrier < 1%)`.
  private func conditionColumns(_ context: CompletionContext) -> [Completion] {
    guard context.bracket == "(" else { return [] }
    for stage in context.outer {
      if let verb = stage.words.first?.text, let arguments = source.arguments(of: verb) {
        var outer = context
        (outer.words, outer.isPiped, outer.key) = (stage.words, stage.isPiped, stage.key)
        guard let parameter = parameter(of: arguments, at: outer),
          case .rowExpression = parameter.kind
        else { return [] }
        return columns(words: stage.words, pipedText: stage.isPiped ? stage.pipedText : nil)
      }
      guard stage.bracket == "(" else { return [] }
    }
    return []
  }

  private func completePath(_ context: CompletionContext, isQuoted: Bool) -> CompletionResult {
    CompletionResult(
      start: context.start, completions: files.complete(context.partial, isQuoted: isQuoted),
      isPath: true, quote: isQuoted ? context.quote : nil)
  }

  // MARK: - Results

  func matching(
    _ found: [Completion], _ context: CompletionContext
  ) -> CompletionResult {
    var seen: Set<String> = []
    let matches = found.filter {
      $0.text.hasPrefix(context.partial) && seen.insert($0.text).inserted
    }
    return CompletionResult(start: context.start, completions: matches)
  }

  private static func completion(of name: CompletionName) -> Completion {
    Completion(name.name, detail: name.kind?.rawValue ?? "", help: name.summary)
  }

  private static func hint(_ parameter: Parameter) -> String {
    "\(parameter.name): \(ParameterText.short(parameter)) - \(parameter.help)"
  }
}
