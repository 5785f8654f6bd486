import Contract
import Kernel

extension Script {
  /// Whether it is one line about plugins.
  fileprivate var isPluginLineAlone: Bool {
    guard statements.count == 1, case .assignment(_, let pipeline) = statements[0].kind,
      case .call(let call) = pipeline.first
    else { return false }
    return call.verb.text == Command.plugin.verb
  }
}

/// A text that was parsed and checked.
struct CheckedScript {
  var script: Script
  /// Values for the script's parameters, as given from outside.
  var overrides: [String: Value]
  /// The words that are known at its end, with those of the plugins that it loads.
  var lexicon: Lexicon
  /// What is wrong, in the order of the text.
  var diagnostics: [Diagnostic]
}

/// How a run ended.
struct RunReport {
  /// What ended it, in the order of the text; empty where it went well.
  var diagnostics: [Diagnostic] = []

  /// Whether it went well.
  var isSuccess: Bool { diagnostics.isEmpty }

  /// The code for the shell.
  var exitCode: ExitCode { diagnostics.first.map { ExitCode($0.failure.code) } ?? .success }
}

extension Session {
  /// Parses, checks and runs a text, and reports to the host what is wrong with it.
  ///
  /// Nothing runs unless all of it is sound.
  ///
  /// - Parameter overrides: Values for the script's parameters, as typed on the command line.
  @discardableResult
  func run(_ source: Source, overrides: [ParameterOverride] = []) -> RunReport {
    let report = attempt(interrupted(by: source) ?? source, overrides: overrides)
    for diagnostic in report.diagnostics { host.report(diagnostic) }
    return report
  }

  /// The statement that was running when the program was killed, where `resume` alone asks for it.
  private func interrupted(by source: Source) -> Source? {
    guard source.isResumeAlone, let entry = journal?.interrupted else { return nil }
    host.note("goes on with `\(entry.headline)`")
    return .typed(entry.text)
  }

  /// As `run`, without reporting.
  func attempt(_ source: Source, overrides: [ParameterOverride] = []) -> RunReport {
    let checked = check(source, overrides: overrides)
    guard checked.diagnostics.isEmpty else { return RunReport(diagnostics: checked.diagnostics) }
    if runningFiles.isEmpty { isStopAsked = false }
    var interpreter = Interpreter(session: self, source: source, overrides: checked.overrides)
    do throws(Diagnostic) {
      try interpreter.run(checked.script.statements)
      return RunReport()
    } catch { return RunReport(diagnostics: [error]) }
  }

  /// Parses and checks a text without running it.
  func check(
    _ source: Source, overrides: [ParameterOverride] = []
  ) -> CheckedScript {
    var parsed = Parser.parse(source, vocabulary: lexicon)
    var checker = checked(parsed, source)
    if checker.lexicon.readsMoreText(than: lexicon) {
      // What a plugin's own parameters take as text was not read so yet.
      parsed = Parser.parse(source, vocabulary: checker.lexicon)
      checker = checked(parsed, source)
    }
    var diagnostics = parsed.diagnostics + checker.diagnostics
    var values: [String: Value] = [:]
    for (index, override) in overrides.enumerated() {
      if overrides[..<index].contains(where: { $0.name == override.name }) {
        let text = "\(override.name)=\(override.text)"
        diagnostics.append(
          Diagnostic(
            Failure(.givenTwice, "`\(override.name)` is given twice"),
            in: Source(name: "command line", text: text), at: Span(0, text.utf8.count)))
        continue
      }
      do throws(Diagnostic) {
        values[override.name] = try override.value(for: parsed.script, lexicon: checker.lexicon)
      } catch { diagnostics.append(error) }
    }
    let ordered = diagnostics.enumerated().sorted { left, right in
      (left.element.place(in: source), left.offset)
        < (right.element.place(in: source), right.offset)
    }
    return CheckedScript(
      script: parsed.script, overrides: values, lexicon: checker.lexicon,
      diagnostics: ordered.map(\.element))
  }

  /// Checks what was parsed, with the words of the plugins that it loads.
  ///
  /// A line that stands alone loads when it runs, where it can be stopped.
  private func checked(
    _ parsed: Parsed, _ source: Source
  ) -> Checker {
    var checker = makeChecker(source, afterErrors: !parsed.diagnostics.isEmpty)
    if !isInteractive || !parsed.script.isPluginLineAlone {
      checker.pluginLoader = PluginLoader(host)
    }
    checker.check(parsed.script.statements)
    return checker
  }

  /// A checker that knows the session's names.
  func makeChecker(_ source: Source, afterErrors: Bool = false) -> Checker {
    var known: [String: StaticValue] = [:]
    for name in names {
      if let value = value(named: name) {
        known[name] = StaticValue(value, identity: value.provenance.recipe.hex)
      }
    }
    var checker = Checker(
      lexicon: lexicon, source: source, names: known,
      lastResult: result(nil).map { StaticValue($0, identity: $0.provenance.recipe.hex) },
      resultCount: results.count, toleratesUnknownNames: afterErrors, isInSweep: cell != nil)
    for path in filesApart?.paths ?? [] { checker.noteWritten(path) }
    return checker
  }
}

extension Diagnostic {
  /// Where it stands in a text; what belongs to another text comes after everything in this one.
  fileprivate func place(in source: Source) -> Int {
    self.source.name == source.name ? span?.lower ?? 0 : Int.max
  }
}

/// A value for a script's parameter from outside: `steps=50k`.
struct ParameterOverride: Hashable, Sendable {
  var name: String
  var text: String

  init(name: String, text: String) {
    self.name = name
    self.text = text
  }

  /// The two sides of `name=value`; `nil` where it is none.
  init?(_ argument: String) {
    guard let mark = argument.firstIndex(of: "="), mark != argument.startIndex else { return nil }
    name = String(argument[..<mark])
    text = String(argument[argument.index(after: mark)...])
  }

  /// The value, checked against the `param` line of the script.
  func value(for script: Script, lexicon: Lexicon) throws(Diagnostic) -> Value {
    let source = Source(name: "command line", text: text)
    var known: [String] = []
    for statement in script.statements {
      guard case .parameter(let name, let standard, let range, _) = statement.kind else { continue }
      known.append(name.text)
      guard name.text == self.name else { continue }
      let content = try content(in: source, lexicon: lexicon, like: standard)
      if let range, let failure = outside(range, content, lexicon) {
        throw Diagnostic(failure, in: source, at: Span(0, source.bytes.count))
      }
      return Value(content, .typed(content.sourceText ?? text))
    }
    let failure = MatchedCall.unknownArgument(self.name, of: "the script", names: known)
    throw Diagnostic(failure, in: Source(name: "command line", text: "\(self.name)=\(text)"))
  }

  private func content(
    in source: Source, lexicon: Lexicon, like standard: Expression
  ) throws(Diagnostic) -> Content {
    let expression = try Parser.operand(source, vocabulary: lexicon)
    let content: Content
    if case .name(let word) = expression.form {
      content = lexicon.method(word) == nil ? .text(word) : .symbol(word)
    } else {
      var checker = Checker(lexicon: lexicon, source: source)
      let known = checker.infer(expression)
      if let problem = checker.diagnostics.first { throw problem }
      guard let value = known.content else {
        let failure = Failure(
          .wrongKind, "a script's parameter takes a number, a text, a list or a range")
        throw Diagnostic(failure, in: source, at: expression.span)
      }
      content = value
    }
    var checker = Checker(lexicon: lexicon, source: source)
    let expected = checker.infer(standard).kind
    let numbers: Set<ValueKind> = [.integer, .real, .time]
    if let expected, expected != content.kind,
      !(numbers.contains(expected) && numbers.contains(content.kind))
    {
      let failure = Failure(
        .wrongKind, "`\(name)` must be \(expected.article); got \(content.described)")
      throw Diagnostic(failure, in: source, at: expression.span)
    }
    return content
  }

  private func outside(_ range: Expression, _ content: Content, _ lexicon: Lexicon) -> Failure? {
    var checker = Checker(lexicon: lexicon, source: Source(name: "command line", text: text))
    return checker.infer(range).content.flatMap {
      Checker.outside($0, content, name: name)
    }
  }
}
