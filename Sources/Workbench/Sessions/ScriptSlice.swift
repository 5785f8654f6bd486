import Contract
import Foundation

/// Those of a script's statements that some of them depend on, found before anything runs.
///
/// In doubt a statement is kept: what runs without need costs time, what is left out would change a
/// value.
struct ScriptSlice {
  /// The places of what is asked for and of all it depends on.
  private(set) var kept: Set<Int> = []
  private let statements: [Statement]
  private let reads: [WordCollector]
  private let turns: DrawTurns
  private let lexicon: Lexicon

  init(_ statements: [Statement], asked: Set<Int>, lexicon: Lexicon) {
    self.statements = statements
    self.lexicon = lexicon
    reads = statements.map { WordCollector($0, lexicon: lexicon) }
    turns = DrawTurns(statements, reads, lexicon: lexicon)
    var open = Array(asked)
    let last = asked.max() ?? 0
    // What holds for all lines after it.
    open += statements.indices.filter { $0 < last && isAlwaysKept($0) }
    while let next = open.popLast() {
      guard kept.insert(next).inserted else { continue }
      open += needs(of: next)
    }
  }

  /// `set` changes all that comes after it, `run` binds names that stand nowhere here.
  private func isAlwaysKept(_ place: Int) -> Bool {
    let verbs = [Command.set.verb, Command.run.verb, Command.quit.verb]
    return reads[place].calls.contains { verbs.contains($0.call.verb.text) }
  }

  private func needs(of place: Int) -> [Int] {
    let own = reads[place]
    // Numbers count all lines before; lines of another file may read any name.
    guard own.history.isEmpty, !own.runsFile else { return Array(0..<place) }
    let names = own.words.union(own.paths)
    var needs = names.flatMap { binders(of: $0, before: place) }
    for earlier in 0..<place {
      let before = reads[earlier]
      let isForgotten = before.forgets && !before.paths.isDisjoint(with: names)
      let isWritten = own.mayRead(before)
      if isForgotten || isWritten { needs.append(earlier) }
    }
    return needs + turns.mayShareRecipe(with: place)
  }

  /// The statements that may have bound a name: back to the first that surely did.
  private func binders(of name: String, before place: Int) -> [Int] {
    var found: [Int] = []
    for earlier in (0..<place).reversed() where statements[earlier].boundNames.contains(name) {
      found.append(earlier)
      if statements[earlier].bindsSurely { break }
    }
    return found
  }
}

extension Statement {
  /// Whether it binds all its names wherever it runs to its end.
  var bindsSurely: Bool {
    switch kind {
    case .assignment, .parameter: true
    case .loop, .expect, .expectFails: false
    }
  }
}

extension WordCollector {
  var runsFile: Bool { calls.contains { $0.call.verb.text == Command.run.verb } }

  /// Whether a file that it reads may be one that an earlier statement writes.
  fileprivate func mayRead(_ earlier: WordCollector) -> Bool {
    guard readsFiles, earlier.writesFiles else { return false }
    return filesRead.contains { read in
      earlier.filesWritten.contains { written in
        guard let read, let written else { return true }
        let (one, other) = (Self.parts(of: read), Self.parts(of: written))
        // A folder holds what was written into it.
        return one.starts(with: other) || other.starts(with: one)
      }
    }
  }

  /// The folders and the name of a path, without the place inside the file.
  private static func parts(of path: String) -> [String] {
    let file = path.components(separatedBy: ":/")[0]
    return URL(fileURLWithPath: file).standardizedFileURL.pathComponents
  }

  fileprivate var forgets: Bool { calls.contains { $0.call.verb.text == Command.forget.verb } }
}
