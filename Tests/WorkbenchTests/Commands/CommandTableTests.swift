import Contract
import Foundation
import Kernel
import Plugins
import TestSupport
import Testing

@testable import Workbench

@Suite struct CommandTableTests {
  @Test func everyVerbIsThereOnceAndNoMethodHasItsName() {
    var seen: Set<String> = []
    for command in CommandTable.all {
      #expect(seen.insert(command.verb).inserted, "\(command.verb) stands twice")
      #expect(!command.verb.isEmpty && command.verb.allSatisfy { $0.isLowercase || $0 == "_" })
    }
    for method in Lexicon.standard.methods {
      #expect(!seen.contains(method.card.id), "\(method.card.id) is a command, too")
    }
  }

  @Test(arguments: CommandTable.all.map(\.verb))
  func everyParameterIsSound(verb: String) throws {
    let command = try #require(Lexicon.standard.command(verb))
    var seen: Set<String> = []
    for parameter in command.parameters {
      #expect(seen.insert(parameter.name).inserted, "\(verb) \(parameter.name) stands twice")
      #expect(!parameter.help.isEmpty && !parameter.help.hasSuffix("."))
      if let text = parameter.defaultText {
        let content = Content(parsing: text, as: parameter)
        if case .method = parameter.kind { continue }
        let value = try #require(content, "\(verb) \(parameter.name)=\(text)")
        _ = try parameter.accepted(value)
      }
    }
    #expect(!command.summary.isEmpty && !command.summary.hasSuffix("."))
    #expect(!command.examples.isEmpty, "\(verb) has no example")
    // A required positional argument after an optional one could never be told from it.
    let required = command.positional.map(\.isRequired)
    #expect(!zip(required, required.dropFirst()).contains { !$0 && $1 })
    for name in command.reads + command.writes {
      #expect(command.parameter(named: name)?.kind == .path, "\(verb) \(name)")
    }
  }

  @Test(arguments: CommandTable.all.map(\.verb))
  func everySeeAlsoLeadsToAPage(verb: String) throws {
    let command = try #require(Lexicon.standard.command(verb))
    let pages = HelpPages(lexicon: .standard)
    // Commands that other parts of the program bring are looked up in the whole table.
    for word in command.seeAlso where word != verb {
      #expect(pages.page(word) != nil, "\(verb): see also \(word)")
    }
  }

  @Test(arguments: CommandTable.all.map(\.verb))
  func everyExampleRuns(verb: String) throws {
    let command = try #require(Lexicon.standard.command(verb))
    for example in command.examples {
      try expectRuns(command.examplePreparation + [example])
    }
  }

  @Test(arguments: Registry.all.map { $0.card.id })
  func everyExampleOfAMethodRuns(id: String) throws {
    let page = try #require(HelpPages(lexicon: .standard).page(id))
    #expect(!page.examples.isEmpty, "\(id) has no example")
    let isExhaustive = Registry.method(id)?.card.isExhaustive == true
    let networks = isExhaustive ? Examples.tinyNetworks : Examples.twoNetworks
    for example in page.examples { try expectRuns(networks + [example.line]) }
  }

  /// Runs lines whose files lie in a folder of the test's own.
  private func expectRuns(_ lines: [String]) throws {
    let folder = try TestFolder()
    try Data("param x = 4\ny = x / 2\n".utf8).write(
      to: URL(fileURLWithPath: folder.file("half.basin")))
    let file = /'?[\w\/]+\.(basin|h5|npz|json|svg|csv|md|txt)\b'?/
    let script = lines.joined(separator: "\n").replacing(file) {
      "'\(folder.file($0.0.filter { $0 != "'" }))'"
    }
    let host = TestHost()
    Session(host: host).run(Source(name: "example", text: script))
    #expect(host.complaints == [], "\(script)")
  }

  @Test func helpHasAPageForEverything() {
    let pages = HelpPages(lexicon: .forTests)
    for word in pages.words {
      let page = pages.page(word)
      #expect(page?.name == word)
      #expect(page?.purpose.isEmpty == false)
    }
    let trial = Trial("help\nhelp toss\nhelp still\nhelp E0304\nhelp values\nfind seed")
    #expect(trial.host.complaints == [])
    #expect(trial.host.pages.map(\.name) == ["toss", "still", "E0304", "values"])
    #expect(
      trial.host.pages[0].arguments[0].parameters.map(\.name).prefix(2) == ["count", "below"])
  }

  @Test func usageShowsWhatIsNeededAndWhatIsNot() {
    #expect(
      Command.toss.usage == "toss [COUNT] [below=1000] [seed=…] [of=…]")
    #expect(Command.filter.usage == "where TABLE CONDITION")
  }

  @Test func tablesAreFilteredSortedAndSummedUp() throws {
    let trial = Trial(
      """
      t = stats [1, 2, 6]
      s = t |> where (value > 1.5) |> sort value order=falling |> select value
      big = max s.value
      least = min t value
      limit = 3
      few = where t (value >= limit and statistic != "max")
      """)
    #expect(trial.host.complaints == [])
    #expect(trial.brief("big") == "6")
    #expect(trial.brief("least") == "1")
    guard case .table(let sorted)? = trial.session.value(named: "s")?.content,
      case .table(let few)? = trial.session.value(named: "few")?.content
    else {
      Issue.record("no tables")
      return
    }
    #expect(sorted.columns.map(\.name) == ["value"])
    #expect(sorted.rows.compactMap { $0[0].number } == [6, 3, 3, 7.0.squareRoot()])
    #expect(few.rows.map { $0[0] } == [.text("count"), .text("mean")])
  }

  // Of 5 errors the count stood as 500.0%.
  @Test(arguments: ["[5%, 10%]", "[1s, 2s]", "[1.5, 2.25]"])
  func theCountOfMeasuredNumbersIsPlain(list: String) throws {
    let trial = Trial("t = stats \(list)\nn = t.value[1]")
    #expect(trial.host.complaints == [])
    #expect(trial.brief("n") == "2")
    guard case .table(let table)? = trial.session.value(named: "t")?.content else {
      Issue.record("no table")
      return
    }
    #expect(table.rendered(as: .plain).contains(#/count +2\n/#))
    #expect(table.rendered(as: .csv).contains("count,2\n"))
  }

  @Test func unknownColumnsAreNamedWithWhatIsNear() {
    let trial = Trial("t = stats [1, 2]\nx = where t (valu > 1)")
    #expect(trial.host.diagnostics.first?.failure.notes == ["did you mean `value`?"])
  }
}
