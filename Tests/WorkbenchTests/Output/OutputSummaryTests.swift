import Contract
import TestSupport
import Testing

@testable import Workbench

@Suite struct OutputSummaryTests {
  static let loaded = ResultSummary(
    number: 1,
    lines: [
      .init(["train"], "data 60 000 × 1×28×28, 10 classes", extra: "sha256 51d0…88b2"),
      .init(["test"], "data 10 000 × 1×28×28, 10 classes", extra: "sha256 0c1e…7f20"),
    ], seconds: 0.3)

  static let searched = ResultSummary(
    number: 4,
    lines: [
      .init(
        ["p"], "permutations for a, b, PARTIAL 62%   train error of the average 14.5% -> 9.9%")
    ], seconds: 5, hints: ["go on with: resume p"])

  @Test(arguments: [102, 80, 60])
  func summariesFitTheScreen(width: Int) throws {
    let text =
      Self.loaded.rendered(width: width) + Self.searched.rendered(width: width)
      + ResultSummary(
        number: 2, lines: [.init(["a", "b"], "2 × mlp 784-512-10, 407 050 weights")], seconds: 34.1
      ).rendered(width: width)
    #expect(text.split(separator: "\n").allSatisfy { displayWidth(of: $0) <= width })
    try expectSnapshot(text, "summaries-\(width).txt")
  }

  @Test func plainScreensGetPlainCharacters() {
    let text = Self.loaded.rendered(width: 80, glyphs: .ascii)
    #expect(text.utf8.allSatisfy { $0 < 0x80 })
    #expect(text.contains("data 60 000 x 1x28x28"))
    #expect(text.contains("51d0..88b2"))
  }

  @Test func shortensHashes() {
    #expect(ResultSummary.shortHash("51d0a1b2c3d488b2") == "sha256 51d0…88b2")
    #expect(ResultSummary.shortHash("51d0") == "sha256 51d0")
  }

  @Test func theBannerIsOneLine() {
    let banner = Banner(facts: ["basin 0.1", "2 threads", "f32", "seed 1"])
    #expect(
      banner.rendered(width: 80)
        == "basin 0.1 · 2 threads · f32 · seed 1                     help · help tour · quit")
    #expect(
      banner.rendered(width: 62)
        == "basin 0.1 · 2 threads · f32 · seed 1 · help · help tour · quit")
    #expect(banner.rendered(width: 30) == "basin 0.1 · 2 threads · f32 ·…")
    #expect(banner.rendered(width: 80, glyphs: .ascii).hasPrefix("basin 0.1 - 2 threads"))
  }

  @Test func helpFitsEightyColumns() throws {
    let page = HelpPage(
      name: "barrier", kind: "command",
      purpose: "how much worse the networks between two networks are",
      usage: ["barrier NETS… data=… [points=25] [metric=error] [seed=…] [budget=…] [as=table]"],
      text:
        "Blends the networks in steps and scores each blend.\n\nThe barrier is how far the worst "
        + "lies above the line between the ends, as Frankle and others had it in 2020.",
      arguments: [
        .init(
          "Arguments",
          [
            Parameter(
              "nets", .value([.network, .networks, .result, .list]), help: "two networks or more"),
            Parameter("data", .value([.data]), help: "the data set to score on"),
            Parameter(
              "points", .integer(3...1001), default: "25", unit: "points",
              help: "how many points of the line to measure; odd, so that the middle is one"),
            Parameter("seed", .integer(0...Int.max), isOptional: true, help: "fixes the stream"),
          ])
      ],
      examples: [
        .init("barrier a b data=test"), .init("barrier nets data=test points=11", "fast"),
      ],
      seeAlso: ["curve", "compare"],
      papers: ["Frankle, Dziugaite, Roy and Carbin: Linear mode connectivity, 2020"])
    let text = page.rendered()
    #expect(text.split(separator: "\n").allSatisfy { displayWidth(of: $0) <= 80 })
    try expectSnapshot(text, "help-page.txt")
    let narrow = page.rendered(width: 50, glyphs: .ascii)
    #expect(narrow.split(separator: "\n").allSatisfy { displayWidth(of: $0) <= 50 })
    try expectSnapshot(narrow, "help-page-narrow.txt")
  }

  @Test func everyPageOfHelpFitsEightyColumns() throws {
    let pages = HelpPages(lexicon: .standard)
    for page in pages.words.compactMap(pages.page) {
      // Examples stand as they can be typed.
      var shown = page
      shown.examples = []
      for line in shown.rendered().split(separator: "\n") {
        #expect(displayWidth(of: line) <= 80, "\(page.name): \(line)")
      }
    }
    let lines = pages.overview.rendered().split(separator: "\n")
    #expect(lines.allSatisfy { displayWidth(of: $0) <= 80 })
  }

  @Test func theDoctorEndsInOneWord() throws {
    var report = DoctorReport([
      .init(
        "Numbers",
        [
          .init("OpenBLAS", "0.3.21, core SkylakeX, 149 GFLOP/s on one thread"),
          .init("threads", "2: the affinity mask decided", .notable),
        ]),
      .init(
        "Data",
        [
          .init(
            "fashion_mnist", "not found", .wrong,
            advice: "install it (Debian: apt-get install dataset-fashion-mnist), or name a folder "
              + "with BASIN_DATA")
        ]),
    ])
    #expect(report.hasProblem)
    try expectSnapshot(report.rendered(), "doctor.txt")
    report.sections.removeLast()
    #expect(report.rendered().hasSuffix("all fine, 1 to know of\n"))
  }
}
