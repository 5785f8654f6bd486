import Foundation
import TestSupport
import Testing

@testable import Workbench

/// Every code has a page with lines that produce it; here they do.
@Suite struct ErrorPageRunTests {
  @Test(arguments: ErrorCatalogue.pages.filter(\.hasLines).map(\.code.description))
  func theLinesOfThePageProduceTheCode(code: String) throws {
    let page = try #require(ErrorCatalogue.page(named: code))
    guard case .lines(let lines, let files) = page.occurrence else { return }
    let folder = try TestFolder()
    for file in files {
      let url = URL(fileURLWithPath: folder.file(file.path))
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(file.bytes).write(to: url)
    }
    let run = try ProgramRun(["-"], in: folder, input: lines)
    #expect(run.notes.contains("error[\(code)]"), "\(run.notes)\nfrom\n\(lines)")
    #expect(run.status == ExitCode(page.code).rawValue)
  }
}

extension ErrorPage {
  fileprivate var hasLines: Bool {
    if case .lines = occurrence { true } else { false }
  }
}
