import Contract
import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

@Suite struct PluggedWordsTests {
  private let nets = """
    train, test = make blobs samples=200
    a, b = train mlp width=8 data=train epochs=1 count=2

    """

  @Test(arguments: [
    ("eval a data=test metric=nlll", FailureCode.unknownMetric, "there is no metric `nlll`"),
    ("curve a b data=test metric=[nll, tpo1]", .unknownMetric, "there is no metric `tpo1`"),
    ("barrier a b data=test metric=3", .wrongKind, ""),
    ("barrier a b data=test metric=[nll, nll]", .givenTwice, "`metric` names `nll` twice"),
    ("eval a data=test metric=loss", .unknownMetric, "there is no metric `loss`"),
    ("plot (curve a b data=test) metric=speed", .badChoice, ""),
    ("nll = 3", .reservedName, "`nll` is a metric and cannot be a name"),
    ("for lines in [1] { }", .reservedName, "`lines` is a reader and cannot be a name"),
    ("print (eval a data=test metric=nll).nlll", .unknownMember, ""),
    ("print (search weight_match a b).nll", .unknownMember, ""),
  ])
  func mistakesAreFoundBeforeLineOneRuns(line: String, code: FailureCode, message: String) throws {
    let bench = CommandBench(lexicon: .plugged)
    let failure = try bench.failure(of: nets + line)
    #expect(failure.code == code, "\(failure)")
    if !message.isEmpty { #expect(failure.message == message) }
    #expect(bench.session.value(named: "a") == nil)
  }

  @Test func whatIsNearIsNamedAndWithoutPluginsWhereMetricsComeFrom() throws {
    let near = try CommandBench(lexicon: .plugged).failure(
      of: nets + "eval a data=test metric=nlll")
    #expect(near.notes == ["did you mean `nll`?", "metrics: nll top1 no_number throwing"])
    let none = try CommandBench().failure(of: nets + "eval a data=test metric=brier")
    #expect(
      none.notes == [
        "metrics come with plugins, and none that is loaded brings one: `help plugins`"
      ])
    let choice = try CommandBench().failure(of: nets + "plot (curve a b data=test) metric=speed")
    #expect(
      choice.message == "`metric` must be error, loss or a plugin's metric; got `speed`")
  }

  @Test func aWordOrAListInAVariableNamesMetrics() throws {
    let bench = CommandBench(lexicon: .plugged)
    try bench.run(
      nets + """
        ms = [nll, top1]
        s = eval a data=test metric=ms
        for m in [nll, top1] { r = eval a data=test metric=m }
        expect r.top1 == s.top1
        """)
    let failure = try bench.failure(of: "ws = [nll, other]\nx = eval a data=test metric=ws")
    #expect(failure.code == .unknownMetric)
  }

  @Test func helpHasAPageOnEach() throws {
    let pages = HelpPages(lexicon: .plugged)
    for word in pages.words { #expect(pages.page(word)?.name == word) }
    let metric = try #require(pages.page("top1"))
    #expect(metric.kind == "metric" && metric.text.contains("More is better."))
    #expect(metric.text.contains("Version 3, from `plugins/own.swift` (sha256 "))
    #expect(pages.page("nll")?.papers == ["A paper on likelihood"])
    let reader = try #require(pages.page("lines"))
    #expect(reader.kind == "reader" && reader.text.contains(".csv, .csv.gz"))
    #expect(pages.overview.groups.map(\.heading).contains("Readers for load"))
    #expect(
      !HelpPages(lexicon: .standard).overview.groups.map(\.heading).contains("Readers for load"))
    let bench = CommandBench(lexicon: .plugged)
    try bench.run("find likelihood\nhelp nll\nhelp\nhelp plugins\nhelp eval")
  }

  @Test func completionListsWhatIsLoaded() throws {
    let bench = CommandBench(lexicon: .plugged)
    try bench.run(nets + "s = eval a data=test metric=nll")
    let engine = CompletionEngine(SessionCompletion(bench.session))
    func texts(_ line: String) -> [String] {
      engine.complete(line: line, cursor: line.utf8.count).completions.map(\.text)
    }
    #expect(texts("eval a data=test metric=") == ["nll", "top1", "no_number", "throwing"])
    #expect(texts("eval a data=test metric=[nll, t").prefix(2) == ["top1", "throwing"])
    #expect(texts("load x.csv reader=l") == ["lines"])
    #expect(texts("plot c metric=").prefix(3) == ["error", "loss", "nll"])
    #expect(texts("help to").contains("top1"))
    #expect(texts("s.n") == ["nll", "no_number"])
    let help = engine.complete(line: "eval a metric=nl", cursor: 16).completions.first?.help
    #expect(help == "mean cross-entropy")
  }

  @Test(arguments: [
    ("accuracy", "is a part of scores"), ("points", "is a part of scores"),
    ("samples", "is a part of scores"), ("nll_alpha", "is read as a part of another metric"),
    ("Brier", "is no word"),
  ])
  func aMetricCannotHaveTheNameOfAnotherPart(id: String, complaint: String) throws {
    let card = MetricCard(id: id, summary: "something", description: "Something.")
    let plugin = Plugin(
      methods: [], metrics: [PredictionMetric(card: card) { _, _, _ in 0 }], readers: [])
    let origin = PluginOrigin(path: "p.swift", name: "p.swift", hash: ContentHash(of: [2]))
    do throws(Failure) {
      _ = try Lexicon.standard.adding(LoadedPlugin(plugin, origin: origin))
      Issue.record("`\(id)` was taken")
    } catch {
      #expect(error.code == .pluginMisbehaved && error.message.contains(complaint))
    }
  }

  @Test func sessionsPinWhatTookPartAndReplaysSayWhereItDiffers() throws {
    let folder = try TestFolder()
    let (csv, path) = (folder.file("d.csv"), folder.file("s.basin"))
    try "0,1,2\n1,3,4\n2,5,6".write(toFile: csv, atomically: true, encoding: .utf8)
    let bench = CommandBench(lexicon: .plugged)
    try bench.run(
      """
      d = load '\(csv)'
      n, m = train mlp width=4 data=d epochs=1 count=2
      s = eval n data=d metric=nll
      x = barrier n m data=d points=3 metric=[nll, top1]
      e = d
      save session '\(path)'

      """)
    let saved = try String(contentsOfFile: path, encoding: .utf8)
    // No file brought these plugins: the line that would load it goes.
    #expect(saved.contains("\n#@ plugin plugins/own.swift | sha256:"))
    #expect(saved.contains("\nplugin load \"plugins/own.swift\"\n"))
    let text = saved.split(separator: "\n", omittingEmptySubsequences: false).filter {
      !$0.contains("plugins/own.swift")
    }.joined(separator: "\n")
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    let pins = text.split(separator: "\n").filter { $0.hasPrefix("#@") }.dropFirst(2)
    #expect(pins == ["#@ reader lines 2", "#@ metric nll 1", "#@ metric top1 3"])
    #expect(text.contains("#= > error,loss,nll\n"))
    func replay(_ lexicon: Lexicon) throws -> ReplayReport {
      var replay = try Replay(
        try Source(readingFileAt: path), .init(), host: CommandHost(), lexicon: lexicon,
        settings: SessionSettings())
      try replay.run()
      return replay.report
    }
    let same = try replay(.plugged)
    #expect(same.isSame && same.notes.isEmpty, "\(same.notes)")
    var card = CrossEntropyMetric.card
    card.version = "2"
    let newer = PredictionMetric(card: card) { logits, labels, _ in
      CrossEntropyMetric().value(logits: logits, labels: labels)
    }
    let other = try replay(.plugged([newer, PredictionMetric(TopOneMetric.self)]))
    #expect(other.notes == ["recorded with the metric nll 1; here it is nll 2"])
    #expect(
      bench.session.value(named: "s")?.provenance.call?.parameters.contains {
        $0.name == "metric" && $0.text == "nll"
      } == true)
  }

  @Test func explainNamesThem() throws {
    let bench = CommandBench(lexicon: .plugged)
    try bench.run(nets + "s = eval a data=test metric=[nll, top1]\nexplain s")
    #expect(bench.host.texts.last?.contains("metric nll 1 · metric top1 3") == true)
    #expect(bench.host.texts.last?.contains("eval a data=test metric=[nll, top1]") == true)
  }

  /// The recipe has the id as it has every argument.
  @Test func anotherMetricIsAnotherRecipe() throws {
    let bench = CommandBench(lexicon: .plugged)
    try bench.run(
      nets + """
        s = eval a data=test metric=nll
        t = eval a data=test metric=top1
        u = eval a data=test metric=nll
        v = eval a data=test metric="nll"
        """)
    let recipes = ["s", "t", "u", "v"].map { bench.session.value(named: $0)?.provenance.recipe.hex }
    #expect(recipes[0] == recipes[2] && recipes[0] == recipes[3] && recipes[0] != recipes[1])
  }
}
