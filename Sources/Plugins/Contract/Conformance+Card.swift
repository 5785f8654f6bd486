import Kernel

extension Conformance {
  /// What is wrong with a method's card and its table of parameters.
  static func cardComplaints(_ subject: Subject) throws(Failure) -> [String] {
    let card = subject.card
    var complaints = complaints(card.id, card.summary, card.description, card.version)
    if card.networkCount.lowerBound < 1 { complaints.append("it takes less than one network") }
    let names = card.parameters.map(\.name)
    for (place, name) in names.enumerated() where names.firstIndex(of: name) != place {
      complaints.append("the parameter `\(name)` stands twice")
    }
    for parameter in card.parameters { complaints += complaintsAbout(parameter) }
    for word in card.startWords where !isWord(word) || Self.takenStarts.contains(word) {
      complaints.append("`\(word)` cannot be a word for `start`")
    }
    if complaints.isEmpty { _ = try subject.make() }
    return complaints
  }

  /// Words that mean the same everywhere and are given to every search by the language.
  private static let takenNames = ["data", "seed", "budget"]

  /// What every search's `start` takes.
  private static let takenStarts = ["identity", "random"]

  private static func complaintsAbout(_ parameter: Parameter) -> [String] {
    let name = parameter.name
    var complaints: [String] = []
    if !isWord(name) { complaints.append("`\(name)` is no word of a-z, 0-9 and _") }
    if takenNames.contains(name) { complaints.append("`\(name)` is every search's own") }
    complaints += lineComplaints(parameter.help, of: "the help of `\(name)`")
    if let text = parameter.defaultText {
      do throws(Failure) {
        _ = try parameter.setting(from: text)
      } catch {
        complaints.append("the default of `\(name)`, `\(text)`, is not of its kind and range")
      }
    }
    if parameter.isOptional, parameter.defaultText != nil {
      complaints.append("`\(name)` is optional and has a default: it is one or the other")
    }
    if case .word(let choices) = parameter.kind {
      if choices.isEmpty { complaints.append("`\(name)` has no choices") }
      if Set(choices).count < choices.count {
        complaints.append("`\(name)` has a choice twice")
      }
    }
    for word in parameter.words where !isWord(word) {
      complaints.append("`\(word)`, which may stand for `\(name)`, is no word")
    }
    return complaints
  }

  static func lineComplaints(_ line: String, of what: String) -> [String] {
    if line.isEmpty { return ["\(what) is empty"] }
    if line.contains("\n") { return ["\(what) is more than one line"] }
    return line.hasSuffix(".") ? ["\(what) ends with a full stop"] : []
  }

  static func isWord(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first, ("a"..."z").contains(first) else { return false }
    return text.unicodeScalars.allSatisfy {
      ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "_"
    }
  }
}
