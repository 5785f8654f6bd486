import Contract
import Kernel

extension Interpreter {
  /// Checks an expectation; in a script a failed one ends the run unless `set on_fail=continue`.
  mutating func runExpectation(
    _ condition: Expression, _ tolerance: Expression?, _ label: Expression?,
    _ statement: Statement
  ) throws(Diagnostic) {
    var within: Double?
    if let tolerance {
      guard let number = try evaluate(tolerance).content.number else {
        throw diagnostic(.wrongKind, "`within` needs a number", at: tolerance.span)
      }
      within = number
    }
    var name: String?
    if let label { name = try evaluate(label).content.word }
    let (holds, text) = try judge(condition, within: within)
    try conclude(
      Output.Expectation(holds: holds, text: text, label: name), at: condition.span, statement)
  }

  /// Runs a block that must fail, with the given code if there is one.
  ///
  /// The block is checked only now, and what is wrong with it counts as its failure.
  mutating func runExpectedFailure(
    _ code: Name?, _ body: Block, _ statement: Statement
  ) throws(Diagnostic) {
    let seen = failure(of: body)
    let holds: Bool
    let text: String
    switch (seen, code) {
    case (nil, let code):
      holds = false
      text = "fails" + (code.map { " \($0.text)" } ?? "") + ": nothing failed"
    case (let failure?, let code?):
      holds = failure.code.description == code.text
      text =
        "fails \(failure.code)" + (holds ? "" : ", not \(code.text)") + ": \(failure.message)"
    case (let failure?, nil):
      holds = true
      text = "fails \(failure.code): \(failure.message)"
    }
    try conclude(
      Output.Expectation(holds: holds, text: text, label: nil),
      at: code?.span ?? statement.span, statement)
  }

  /// What goes wrong in a block, found by the checker or by running it.
  private mutating func failure(of body: Block) -> Failure? {
    var checker = session.makeChecker(source)
    checker.check(body.statements)
    if let first = checker.diagnostics.first { return first.failure }
    session.expectedFailures += 1
    defer { session.expectedFailures -= 1 }
    do throws(Diagnostic) { try run(body.statements) } catch { return error.failure }
    return nil
  }

  private func conclude(
    _ expectation: Output.Expectation, at span: Span, _ statement: Statement
  ) throws(Diagnostic) {
    session.noteExpectation(holds: expectation.holds)
    session.host.show(.expectation(expectation))
    session.record(nil, text: statement.canonical, seconds: 0)
    let goesOn = session.settings.continuesOnFailure || session.isInteractive
    // Where a failure is what is expected, there has to be one.
    if expectation.holds || goesOn && session.expectedFailures == 0 { return }
    let name = expectation.label.map { "\($0): " } ?? ""
    throw diagnostic(
      .expectationFailed, "expected otherwise: \(name)\(expectation.text)", at: span,
      notes: ["`set on_fail=continue` goes on after a failed expectation"])
  }

  /// Whether a condition holds, and both of its sides as text.
  private func judge(
    _ condition: Expression, within tolerance: Double?
  ) throws(Diagnostic) -> (holds: Bool, text: String) {
    guard case .binary(let sign, let left, let right) = condition.form, sign.isComparison else {
      let value = try evaluate(condition)
      guard case .yesNo(let holds) = value.content else {
        throw diagnostic(
          .wrongKind, "`expect` needs a condition; this is \(value.kind.article)",
          at: condition.span, notes: ["as in `expect b.error < 1%`"])
      }
      return (holds, condition.canonical + (holds ? "" : " is no"))
    }
    let a = try evaluateSide(left, of: sign).content
    let b = try evaluateSide(right, of: sign).content
    let usesTolerance = sign == .near || (sign == .equal && tolerance != nil)
    let holds = try placed(at: condition.span) { () throws(Failure) in
      if usesTolerance { return try sign.isNear(a, b, within: tolerance) }
      return try sign.applied(a, b).truth(of: "expect")
    }
    var text = "\(a.compared(with: b)) \(sign.rawValue) \(b.compared(with: a))"
    if usesTolerance, let tolerance { text += " within \(Content.significant(tolerance))" }
    return (holds, text)
  }
}

extension Content {
  /// The value as one side of a comparison: a plain number beside a share, or beside points, is shown
  /// as one.
  fileprivate func compared(with other: Content) -> String {
    guard let number else { return brief }
    if case .time = self { return brief }
    let measures = [self, other].compactMap { side -> Measure? in
      if case .real(_, let measure) = side { measure } else { nil }
    }
    // What is written beside points as a share stays one: `b.error < 1%`.
    if measures.contains(.share) { return Self.brief(number, .share) }
    if measures.contains(.points) { return Self.brief(number, .points) }
    if case .time = other { return Self.brief(seconds: number) }
    // Two numbers that look alike with four digits are shown in full.
    if let against = other.number, number != against, brief == other.brief {
      return sourceText ?? brief
    }
    return brief
  }
}
