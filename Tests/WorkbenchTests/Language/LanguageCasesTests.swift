import Foundation
import Testing

@testable import Workbench

/// Reads `cases.txt`: groups of lines with an empty one between them.
///
/// A group is what is typed after `> `, then its canonical form, or each error with its caret right
/// under what was typed. Where several lines are typed the line that an error stands in is shown
/// again after `  | `. Lines that begin with `# ` head what follows. `RECORD=1 swift test` writes
/// what is there now.
@Suite struct LanguageCasesTests {
  struct Group: Sendable, CustomTestStringConvertible {
    var input: String
    var expected: String

    var testDescription: String { input }

    /// The group as it stands in the file.
    init(_ paragraph: String) {
      let lines = paragraph.split(separator: "\n", omittingEmptySubsequences: true)
      input = lines.filter { $0.hasPrefix(">") }.map { $0.dropFirst(2) }.joined(separator: "\n")
      expected = lines.filter { !$0.hasPrefix(">") }.map { $0 + "\n" }.joined()
    }

    /// What the parser makes of the input.
    var shown: String {
      let shown = Parsed.typed(input).shown
      guard !input.contains("\n") else { return shown }
      // The line itself stands above: its copy is left out, and the caret comes under it.
      return shown.split(separator: "\n").compactMap { line -> String? in
        guard line.hasPrefix("  |") else { return line + "\n" }
        if line.dropFirst(4) == TextLayout.withoutTrailingBlanks(input) { return nil }
        return "  " + line.dropFirst(4) + "\n"
      }.joined()
    }

    /// The group as it should stand in the file.
    var recorded: String {
      let typed = input.split(separator: "\n", omittingEmptySubsequences: false)
        .map { $0.isEmpty ? ">\n" : "> \($0)\n" }.joined()
      return typed + shown
    }
  }

  private static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("cases.txt")

  private static let paragraphs: [String] =
    ((try? String(contentsOf: file, encoding: .utf8)) ?? "").components(separatedBy: "\n\n")
    .filter { !$0.isEmpty }

  static let groups = paragraphs.filter { $0.hasPrefix(">") }.map(Group.init)

  @Test(arguments: groups)
  func readsOrRefuses(group: Group) {
    #expect(group.shown == group.expected)
  }

  // Without this an unreadable file would pass as no cases at all.
  @Test func theFileIsThereAndHasNoCaseTwice() {
    #expect(Self.groups.count > 400)
    let inputs = Self.groups.map(\.input)
    #expect(Set(inputs).count == inputs.count)
    #expect(Self.paragraphs.allSatisfy { $0.hasPrefix(">") || $0.hasPrefix("# ") })
  }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["RECORD"] == "1"))
  func writesWhatIsThereNow() throws {
    let text = Self.paragraphs.map { paragraph in
      paragraph.hasPrefix(">")
        ? Group(paragraph).recorded : paragraph.trimmingCharacters(in: .newlines) + "\n"
    }
    try Data(text.joined(separator: "\n").utf8).write(to: Self.file)
  }
}
