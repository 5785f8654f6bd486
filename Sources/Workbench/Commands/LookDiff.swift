import Contract
import Foundation
import Kernel

extension Command {
  /// In what two values or two saved sessions differ.
  static let diff = Command(
    "diff", .look, "in what two values of one kind, or two saved sessions, differ",
    details: """
      Networks are compared layer by layer: the largest and the root mean square difference of their \
      weights, and their distance. Tables, curves, barriers and scores: cell by cell. Results: \
      method, cost, time, and how many units both match to the same unit of the first network. Data: \
      labels and inputs. Sessions, named in quotes: statements removed, added and changed, and \
      receipts that differ. What is the same to the last bit is said in one line.
      """,
    positional: [
      Parameter("first", .any, help: "a value, or a saved session's name in quotes"),
      Parameter("second", .any, help: "another of the same kind"),
    ],
    keywords: [.format], results: .nothing,
    examples: ["diff a b", "diff p q", "diff 'tuesday.basin' 'wednesday.basin'"],
    examplePreparation: Examples.result + [
      "q = search fd a b data=train", "save session tuesday.basin", "x = 3",
      "save session wednesday.basin",
    ],
    seeAlso: ["explain", "describe", "distance", "replay"]
  ) { call throws(Failure) in
    guard let first = call.value("first")?.content, let second = call.value("second")?.content
    else { return [] }
    let difference: Difference
    if let (one, other) = try sessions(first, second) {
      do throws(Diagnostic) {
        difference = try SessionDifference(one, other, lexicon: call.session.lexicon).difference
      } catch {
        call.report.diagnostic = error
        throw error.failure
      }
    } else {
      difference = try Difference(first, second)
    }
    call.show(difference)
    return []
  }

  /// The paths of two sessions; `nil` where these are values.
  private static func sessions(
    _ first: Content, _ second: Content
  ) throws(Failure) -> (String, String)? {
    guard let one = first.word, let other = second.word,
      one.namesSession || other.namesSession
    else {
      if let path = [first, second].compactMap(\.word).first(where: \.namesSession) {
        throw Failure(
          .wrongKind, "`diff` compares `\(path)` with another saved session",
          notes: ["both stand in quotes: diff 'tuesday.basin' 'wednesday.basin'"])
      }
      return nil
    }
    for path in [one, other] where !FileManager.default.fileExists(atPath: path) {
      throw Failure(.fileNotFound, "there is no saved session `\(path)`")
    }
    return (one, other)
  }
}

extension String {
  /// Whether it is the name of a script.
  fileprivate var namesSession: Bool { hasSuffix(".basin") }
}

extension Invocation {
  /// Shows a difference: a line that says it all, and where.
  fileprivate func show(_ difference: Difference) {
    switch format {
    case .json: session.host.show(.text(difference.json.compact))
    case .csv: if let table = difference.table { show(table) }
    default:
      session.host.show(.text(difference.headline))
      guard var table = difference.table else { return }
      // 40: what does not stand on two screens is for programs.
      if table.rows.count > 40 {
        let rest = table.rows.count - 40
        table.rows = Array(table.rows.prefix(40))
        table.notes.append("and \(rest) more: as=csv")
      }
      show(table)
    }
  }
}
