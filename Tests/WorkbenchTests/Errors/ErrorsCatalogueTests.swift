import Foundation
import Kernel
import Testing

@testable import Workbench

@Suite struct ErrorsCatalogueTests {
  @Test func pagesAreInOrderAndUnique() {
    let codes = ErrorCatalogue.pages.map(\.code)
    #expect(codes == Array(Set(codes)).sorted())
  }

  @Test func everyDeclaredCodeHasAPage() throws {
    // Codes are declared in extensions, which nothing lists: the sources do.
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    var numbers: Set<Int> = []
    for path in [
      "Sources/Kernel/Failure.swift", "Sources/Workbench/Errors/FailureCode+Workbench.swift",
    ] {
      let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
      for match in text.matches(of: /= FailureCode\(rawValue: (\d+)\)/) {
        numbers.insert(try #require(Int(match.1)))
      }
    }
    #expect(numbers.count > 30)
    #expect(numbers == Set(ErrorCatalogue.pages.map(\.code.rawValue)))
  }

  @Test(arguments: ErrorCatalogue.pages)
  func saysWhatItMeansAndWhatToDo(page: ErrorPage) {
    #expect(!page.title.isEmpty && !page.title.hasSuffix("."))
    #expect(page.meaning.hasSuffix("."))
    #expect(page.remedy.hasSuffix("."))
  }

  @Test(arguments: ErrorCatalogue.pages.filter { $0.code.failureClass == 1 })
  func syntaxExamplesProduceTheirCode(page: ErrorPage) throws {
    guard case .lines(let text, _) = page.occurrence else { return }
    #expect(Parsed.typed(text).diagnostics.map(\.failure.code) == [page.code])
  }

  @Test(arguments: ErrorCatalogue.pages.filter { $0.code.failureClass > 1 })
  func otherExamplesAreLegalSyntax(page: ErrorPage) throws {
    guard case .lines(let text, _) = page.occurrence, page.code != .reservedName else { return }
    #expect(Parsed.typed(text).diagnostics.isEmpty)
  }

  @Test func findsPagesByWhatIsTyped() {
    #expect(ErrorCatalogue.page(named: "E0304")?.code == .outOfRange)
    #expect(ErrorCatalogue.page(named: "e304")?.code == .outOfRange)
    #expect(ErrorCatalogue.page(named: "E0399") == nil)
    #expect(ErrorCatalogue.page(named: "E") == nil)
    #expect(ErrorCatalogue.page(named: "eval") == nil)
    #expect(ErrorCatalogue.page(named: "E+304") == nil)
  }

  @Test(arguments: [
    (101, 2), (201, 2), (307, 2), (401, 3), (504, 3), (601, 1), (602, 1), (701, 4), (702, 4),
    (901, 70), (999, 70), (0, 70),
  ])
  func classesHaveExitCodes(code: Int, exit: Int32) {
    #expect(ExitCode(FailureCode(rawValue: code)).rawValue == exit)
  }
}

@Suite struct ErrorsNearestTests {
  @Test(arguments: [
    ("barier", "barrier"), ("tarin", "train"), ("serach", "search"), ("evl", "eval"),
    ("weight_macth", "weight_match"), ("SA2", "sa2"), ("fdd", "fd"),
  ])
  func findsWhatWasMeant(word: String, meant: String) {
    let words = ["barrier", "train", "search", "eval", "weight_match", "sa2", "fd"]
    #expect(nearest(word, among: words) == meant)
  }

  @Test(arguments: ["zzz", "", "x", "trampoline", "fx", "aaaa"])
  func findsNothingWhereNothingIsNear(word: String) {
    #expect(nearest(word, among: ["barrier", "train", "search", "eval", "fd", "a"]) == nil)
  }

  @Test func prefersTheNearestThenTheFirst() {
    #expect(nearest("plat", among: ["place", "plot", "plan"]) == "plot")
    #expect(nearest("tran", among: ["trains", "train"]) == "train")
  }

  @Test(arguments: [
    ("", "", 0), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ab", 1), ("abc", "xbc", 1),
    ("kitten", "sitting", 3), ("ab", "ba", 1), ("", "abc", 3), ("ca", "abc", 3),
  ])
  func countsEdits(a: String, b: String, distance: Int) {
    #expect(editDistance(Array(a), Array(b)) == distance)
    #expect(editDistance(Array(b), Array(a)) == distance)
  }

  @Test func knowsTheWidthOfLetters() {
    #expect(displayWidth(of: "abc") == 3)
    #expect(displayWidth(of: "漢字") == 4)
    #expect(displayWidth(of: "e\u{301}") == 1)
    #expect(displayWidth(of: "한글") == 4)
    #expect(displayWidth(of: "🙂") == 2)
    #expect(displayWidth(of: "é…·") == 3)
  }
}
