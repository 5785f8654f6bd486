// How values that no command made came to be: parts, calculations, lists.
extension Provenance {
  /// A list of values.
  static func list(_ elements: [Provenance]) -> Provenance {
    var parts: [Part] = [.text("[")]
    for (index, element) in elements.enumerated() {
      if index > 0 { parts.append(.text(", ")) }
      parts.append(.value(element))
    }
    parts.append(.text("]"))
    return Provenance(parts: parts, recipe: Recipe(parts: ["list"] + elements.map(\.recipe.hex)))
  }

  /// Several values of one command under one name, or else a list.
  static func joined(_ elements: [Provenance]) -> Provenance {
    if let call = elements[0].call, call.resultCount == elements.count,
      elements.enumerated().allSatisfy({ $1.call === call && $1.resultIndex == $0 })
    {
      return Provenance(
        parts: elements[0].parts, recipe: call.recipe, call: call, resultIndex: nil)
    }
    return .list(elements)
  }

  /// One of the values that stand together here, from 0.
  func element(_ index: Int) -> Provenance {
    if let call, resultIndex == nil, call.resultCount > 1 {
      return Provenance(
        parts: parts, recipe: .element(of: recipe, index), call: call, resultIndex: index)
    }
    return Provenance(
      parts: [.value(self), .text("[\(index + 1)]")], recipe: .element(of: recipe, index))
  }

  /// How the value came to be now that what was stopped is done: as if nothing had stopped it.
  ///
  /// - Parameter dependsOnTheClock: Whether parts of the value still are what there was when time
  ///   was up.
  func whole(dependsOnTheClock: Bool) -> Provenance {
    guard let call else { return self }
    let recipe = resultIndex.map { Recipe.element(of: call.wholeRecipe, $0) } ?? call.wholeRecipe
    return Provenance(
      parts: dependsOnTheClock ? parts : partsWithoutBudget, recipe: recipe, call: call,
      resultIndex: resultIndex, isPartial: dependsOnTheClock)
  }

  /// The text without the budget that the first part of the work had: all of it had more.
  private var partsWithoutBudget: [Part] {
    var kept: [Part] = []
    var isBudget = false
    for part in parts {
      if isBudget, case .value = part {
        isBudget = false
        continue
      }
      if case .text(" budget=") = part { isBudget = true } else { kept.append(part) }
    }
    return kept
  }

  /// The value at a computed place.
  static func index(_ owner: Provenance, _ position: Provenance) -> Provenance {
    Provenance(
      parts: [.value(owner), .text("["), .value(position), .text("]")],
      recipe: Recipe("index", owner.recipe.hex, position.recipe.hex))
  }

  /// A part of a value.
  static func member(_ name: String, of owner: Provenance) -> Provenance {
    Provenance(
      parts: [.value(owner), .text(".\(name)")],
      recipe: Recipe("member", owner.recipe.hex, name))
  }

  /// A range `a..b`.
  static func range(_ lower: Provenance, _ upper: Provenance) -> Provenance {
    Provenance(
      parts: [.value(lower), .text(".."), .value(upper)],
      recipe: Recipe("range", lower.recipe.hex, upper.recipe.hex))
  }

  /// A value with a sign or `not` before it.
  static func prefixed(_ sign: String, _ inner: Provenance) -> Provenance {
    Provenance(
      parts: [.text("(" + sign), .value(inner), .text(")")],
      recipe: Recipe("prefix", sign, inner.recipe.hex))
  }

  /// A calculation.
  static func operation(
    _ sign: Operator, _ left: Provenance, _ right: Provenance
  ) -> Provenance {
    Provenance(
      parts: [
        .text("("), .value(left), .text(" \(sign.rawValue) "), .value(right), .text(")"),
      ],
      recipe: Recipe("operation", sign.rawValue, left.recipe.hex, right.recipe.hex))
  }
}

extension Recipe {
  /// One of several values that have this recipe together, from 0.
  static func element(of recipe: Recipe, _ index: Int) -> Recipe {
    Recipe("element", recipe.hex, String(index + 1))
  }
}
