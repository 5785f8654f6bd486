// What is bound at a place inside a text, blocks around the place included.
extension Checker {
  /// Follows statements up to a place in the text, into the blocks that it stands in, so that
  /// `names` holds what a statement there finds.
  ///
  /// - Returns: The names that were bound on the way, the last one first.
  mutating func follow(_ statements: [Statement], to place: Int) -> [String] {
    var bound: [Name] = []
    follow(statements, to: place, bound: &bound)
    var seen: Set<String> = []
    return bound.reversed().map(\.text).filter { seen.insert($0).inserted }
  }

  private mutating func follow(_ statements: [Statement], to place: Int, bound: inout [Name]) {
    for statement in statements {
      guard let open = statement.block(around: place) else {
        check(statement)
        bound += statement.targets
        continue
      }
      for variation in open.variables {
        bind(variation.variable, checkElements(of: variation.values, for: "for"))
        bound.append(variation.variable)
      }
      return follow(open.block.statements, to: place, bound: &bound)
    }
  }
}

extension Statement {
  /// The names that hold on after the statement: those of a loop's lines do, too.
  fileprivate var targets: [Name] {
    switch kind {
    case .assignment(let targets, _): targets
    case .parameter(let name, _, _, _): [name]
    case .loop(_, _, let body): body.statements.flatMap(\.targets)
    case .expect, .expectFails: []
    }
  }

  /// The outermost block of the statement that a place stands in, and what is bound for it.
  fileprivate func block(around place: Int) -> (block: Block, variables: [Variation])? {
    switch kind {
    case .loop(let variable, let over, let body):
      guard body.holds(place) else { return nil }
      return (body, [Variation(variable: variable, values: over, span: span)])
    case .expectFails(_, let body): return body.holds(place) ? (body, []) : nil
    case .assignment(_, let pipeline): return pipeline.block(around: place)
    case .expect, .parameter: return nil
    }
  }
}

extension Pipeline {
  /// The block of a `sweep` that a place stands in.
  fileprivate func block(around place: Int) -> (block: Block, variables: [Variation])? {
    if case .call(let call) = first, let found = call.block(around: place) { return found }
    if case .expression(let expression) = first, case .pipeline(let inner) = expression.form,
      let found = inner.block(around: place)
    {
      return found
    }
    for call in rest {
      if let found = call.block(around: place) { return found }
    }
    return nil
  }
}

extension Call {
  fileprivate func block(around place: Int) -> (block: Block, variables: [Variation])? {
    if let block, block.holds(place) { return (block, variables) }
    for argument in arguments {
      if case .pipeline(let inner) = argument.value.form, let found = inner.block(around: place) {
        return found
      }
    }
    return nil
  }
}

extension Block {
  /// Whether a place stands behind the opening brace and not behind the closing one.
  fileprivate func holds(_ place: Int) -> Bool { span.lower < place && place < span.upper }
}
